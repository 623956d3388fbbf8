import type { World } from "../../actions/world.ts";
import type { RolloutAnswer } from "../../model/answers.ts";
import { sameRevision } from "../../model/revision.ts";
import type { ReturnPoint } from "../../report/conclusion.ts";
import { rolloutAnnotations } from "../../report/github.ts";
import { rolloutBody } from "../../report/json.ts";
import { rolloutMarkdown } from "../../report/markdown.ts";
import { printable } from "../../report/printable.ts";
import { rolloutText } from "../../report/rollout.ts";
import type { Ending } from "../exit-codes.ts";
import type { Invocation, Reply } from "../verb.ts";

/** The reply of deploy, rollback and prove. */
export async function rolloutReply(answer: RolloutAnswer, invocation: Invocation, world: World): Promise<Reply> {
  const wayBack = await findWayBack(answer, world);
  return {
    ending: endingOf(answer, invocation.on("no-deferred")),
    body: rolloutBody(answer),
    text: (paint) => rolloutText(printable(answer), wayBack, paint),
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

/** What a rollback would return to, when a deploy changed something and did not end well. */
async function findWayBack(answer: RolloutAnswer, world: World): Promise<ReturnPoint | null> {
  const touched = answer.steps.some((step) => step.result === "done" || step.result === "failed");
  if (answer.intent !== "deploy" || answer.outcome.outcome === "proven" || !touched) return null;
  try {
    const { status } = await import("../../actions/status.ts");
    const { environments } = await status({ environment: answer.environment, live: false }, world);
    const revisions = environments[0]?.state?.revisions ?? [];
    const { revision: wanted } = answer;
    const present = revisions.findIndex((revision) => wanted !== null && sameRevision(revision, wanted));
    return revisions.slice(present + 1).find((revision) => !revision.withdrawn) ?? null;
  } catch {
    // A hint only: the outcome is told whether or not the ledger can be read once more.
    return null;
  }
}
