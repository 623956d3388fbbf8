import type { Ledger } from "../ledger/ledger.ts";
import type { RolloutEvent } from "../model/rollout.ts";
import type { Mask } from "../util/mask.ts";
import type { RolloutAnswer } from "./answers.ts";
import type { World } from "./world.ts";

/**
 * Whether an attempt that was refused before it was opened leaves a record. A misspelt name must not become an environment
 * with a record of its own, and outside a repository there is no ledger.
 */
export async function leavesRecord({ environment, intent, findings }: RolloutAnswer, ledger: Ledger): Promise<boolean> {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(environment)) return false;
  if (findings.some(({ code }) => code === "unknown-environment" || code === "not-a-repository")) return false;
  // A catch-up that may only read goes on without the ledger, every few minutes: nobody would ever be sent its refusals.
  if (intent === "sync" && findings.some(({ code }) => code === "ledger-read-only")) return false;
  // A manifest that cannot be read does not tell whether it has this environment; the ledger may.
  const unread = findings.some(({ code }) => code === "bad-yaml" || code === "no-manifest");
  return !unread || (await ledger.state(environment)) !== null;
}

/** Records an attempt that was refused, as one event. */
export async function recordRefusal(answer: RolloutAnswer, mask: Mask, ledger: Ledger, world: World): Promise<void> {
  const { id, environment, intent, application, findings, outcome } = answer;
  const recorder = await ledger.record(environment, id, application);
  try {
    const event: RolloutEvent = mask.deep({
      event: "rollout-refused",
      at: world.now().toISOString(),
      rollout: id,
      application,
      environment,
      intent,
      commit: answer.revision?.commit ?? null,
      owner: world.owner,
      findings,
      outcome,
    });
    await recorder.append(event);
    world.emit(event);
  } finally {
    await recorder.close();
  }
}
