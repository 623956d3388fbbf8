import type { AssembledPlan, PlanRequest } from "../plan/assemble-plan.ts";
import type { Attempt } from "./attempt.ts";
import type { Word } from "./wanted.ts";
import type { World } from "./world.ts";

/**
 * Writes into the ledger what became known of steps that must run once and whose end it lacks: from the target's own
 * journal, or from a person's word.
 */
export async function settleOnce(
  planned: AssembledPlan,
  input: PlanRequest,
  word: Word & { reason?: string | undefined },
  attempt: Attempt,
  world: World,
): Promise<void> {
  for (const { place, planned: own } of planned.places) {
    const wanted = input.wanted(place);
    for (const { name, result } of own.settled) {
      const known = wanted.once[name];
      if (known?.digest === wanted.digest && known.result !== undefined) continue;
      await attempt.record({
        event: "once-ended",
        at: world.now().toISOString(),
        component: place.component,
        target: place.target,
        name,
        digest: wanted.digest,
        token: attempt.token,
        ...(result === "failed"
          ? { error: { code: "step-failed", message: "it failed, as the target's journal says" } }
          : {}),
        ...(word.answers[name] === undefined ? {} : { answer: `${word.answers[name]}: ${word.reason}` }),
      });
    }
  }
}
