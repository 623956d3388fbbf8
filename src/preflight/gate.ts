import type { ApprovalRule, CheckedApproval } from "../model/approval.ts";
import type { PlanId } from "../model/plan-id.ts";
import type { State } from "../model/state.ts";

/** What an environment requires before anything is changed in it, with what is known of it. */
export interface Gate {
  /** A rollback or a sync to sources that were all proven here before: nothing else is asked for. */
  returns: boolean;
  /** Whether the plan would change anything. */
  changes: boolean;
  /** The environment in which the sources must have been proven. */
  before: Before | null;
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
