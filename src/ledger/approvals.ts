import type { Approval, ApprovalEvent, ApprovalUse } from "../model/approval.ts";
import type { RolloutEvent } from "../model/rollout.ts";
import type { State } from "../model/state.ts";

/** More are of no use: one that nobody used while twenty others were given is to be given anew. */
const kept = 20;

/** The state after an approval was given or taken back. Pure. */
export function foldApproval(state: State, event: ApprovalEvent): State {
  if (event.event === "approved") {
    const others = (state.approvals ?? []).filter(({ id }) => id !== event.approval.id);
    return { ...state, approvals: [event.approval, ...others].slice(0, kept) };
  }
  const { who, at, reason } = event;
  return changed(state, event.approval, (approval) => ({ ...approval, withdrawn: { who, at, reason } }));
}

/** An approval is for one rollout that ends proven: after one that failed, the same plan may be tried again. */
export function withUsedApproval(
  state: State,
  { outcome, rollout, at }: Extract<RolloutEvent, { event: "rollout-closed" }>,
  taken: ApprovalUse | undefined,
): State {
  if (taken === undefined || outcome.outcome !== "proven") return { ...state };
  const used = { rollout, at, signature: taken.signature };
  return changed(state, taken.id, (approval) => ({ ...approval, used }));
}

/** What it was about in detail only matters as long as it may be compared with another plan: state.json is to stay small. */
function changed(state: State, id: string, change: (approval: Approval) => Approval): State {
  const end = (approval: Approval) => change({ ...approval, plan: { ...approval.plan, parts: {} } });
  const approvals = (state.approvals ?? []).map((approval) => (approval.id === id ? end(approval) : approval));
  return { ...state, ...(state.approvals === undefined ? {} : { approvals }) };
}
