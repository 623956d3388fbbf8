import type { Code } from "../../model/codes.ts";
import type { PlannedStep, StepEnd } from "../../model/step.ts";
import { ledgerKey, type TargetEnd } from "../on-target.ts";
import type { Printed } from "../printed.ts";
import type { Context, Work } from "../provider.ts";

/** What every change needs: who it is, for the lock and the fence, and which image it is about. */
export function fencing(step: PlannedStep, { rollout, token, ledger, wanted }: Work): Record<string, string> {
  return {
    rollout,
    token: String(token),
    ledger: ledgerKey(ledger),
    takeover: wanted.force ? "yes" : "no",
    step: step.name,
    key: String(step.input.key),
    source: wanted.digest,
    commit: wanted.commit,
    wait: "100",
  };
}

/** A verb that gave no answer, as the end of a step. */
export function notDone(
  end: Exclude<TargetEnd, { ended: "answer" }>,
  { mask }: Context,
  output: Printed = {},
): StepEnd {
  if (end.ended === "cancelled") return failed("cancelled", "cancelled while it ran", output);
  return failed(end.code, mask(end.message), output);
}

/** A step that failed, with the last lines that tell why. */
export function failed(code: Code, message: string, output: Printed = {}): Extract<StepEnd, { result: "failed" }> {
  return { result: "failed", error: { code, message, ...output } };
}
