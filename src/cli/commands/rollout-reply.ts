import type { World } from "../../actions/world.ts";
import type { RolloutAnswer } from "../../model/answers.ts";
import type { Aftermath } from "../../report/conclusion.ts";
import { rolloutAnnotations } from "../../report/github.ts";
import { rolloutBody } from "../../report/json.ts";
import { rolloutMarkdown } from "../../report/markdown.ts";
import { printable } from "../../report/printable.ts";
import { rolloutText } from "../../report/rollout.ts";
import type { Ending } from "../exit-codes.ts";
import type { Invocation, Reply } from "../verb.ts";

/** The reply of deploy, rollback and prove. */
export async function rolloutReply(answer: RolloutAnswer, invocation: Invocation, world: World): Promise<Reply> {
  const aftermath = await aftermathOf(answer, world);
  return {
    ending: endingOf(answer, invocation.on("no-deferred")),
    body: rolloutBody(answer),
    text: (paint) => rolloutText(printable(answer), aftermath, paint),
    annotations: rolloutAnnotations(answer),
    summary: rolloutMarkdown(answer),
  };
}

/** The outcome as an ending: wrong input and, where asked for, debts have exit codes of their own. */
export function endingOf(answer: Pick<RolloutAnswer, "invalid" | "outcome" | "deferred">, noDeferred: boolean): Ending {
  const { outcome } = answer.outcome;
  if (answer.invalid && outcome === "blocked") return "invalid";
  if (outcome === "proven" && noDeferred && answer.outcome.deferred.length > 0) return "deferred";
  return outcome;
}

/** What a deploy or rollback that did not end well leaves behind. */
async function aftermathOf(answer: RolloutAnswer, world: World): Promise<Aftermath | null> {
  const { intent, outcome, environment, steps } = answer;
  if (intent === "prove" || outcome.outcome === "proven" || answer.invalid) return null;
  const begun = steps.flatMap((step) => {
    const planned = step.result === "not-reached" ? undefined : plannedStep(step, answer);
    return planned === undefined ? [] : [planned];
  });
  if (!begun.some((step) => step.takesOver)) {
    const commands = [...new Set(begun.filter((step) => step.command).map(({ name }) => name))];
    return commands.length === 0 ? { left: "untouched" } : { left: "unswitched", commands };
  }
  if (intent !== "deploy") return null;
  try {
    const { previousRevision } = await import("../../actions/rollback.ts");
    const state = await (await world.openLedger(world.directory)).state(environment);
    const before = state ? previousRevision(state) : null;
    const at = state?.revisions.find(
      ({ commit }) => before !== null && "commit" in before && commit === before.commit,
    )?.at;
    return before !== null && "commit" in before && at !== undefined
      ? { left: "changed", commit: before.commit, at }
      : null;
  } catch {
    // A hint only: the outcome is told whether or not the ledger can be read once more.
    return null;
  }
}

function plannedStep({ component, target, name }: RolloutAnswer["steps"][number], { plan }: RolloutAnswer) {
  const planned = plan?.targets.find((other) => other.component === component && other.target === target);
  return planned?.steps.find((step) => step.name === name);
}
