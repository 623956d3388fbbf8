import type { ApprovalRule, CheckedApproval } from "../model/approval.ts";
import type { PlanId } from "../model/plan-id.ts";
import type { State } from "../model/state.ts";

/** What an environment requires before this plan is carried out, with what is known of it. */
export interface Gate {
  /** An approval would be asked for, were this not a way back to sources that were all proven here before. */
  spared: boolean;
  /** The environment in which the sources must have been proven; null: none. */
  before: Before | null;
  /** Null: no approval is asked for. */
  approval: GivenApprovals | null;
}

export interface Before {
  environment: string;
  /** Null: nothing was ever recorded there. */
  state: State | null;
  /** What runs there. */
  places: readonly { component: string; target: string }[];
}

export interface GivenApprovals {
  rule: ApprovalRule;
  /** The plan as it is now. */
  plan: PlanId;
  commit: string;
  /** Newest first, with those that were used or withdrawn. Signatures are looked at only where an approval is of this plan. */
  given: readonly CheckedApproval[];
  now: Date;
}
