import type { Approval, ApprovalUse, Signature } from "./approval.ts";
import type { Evidence } from "./evidence.ts";
import type { Finding } from "./finding.ts";
import type { Freshness } from "./freshness.ts";
import type { Holder } from "./holder.ts";
import type { OldCode } from "./old-code.ts";
import type { Debt, Outcome } from "./outcome.ts";
import type { Intent, Plan } from "./plan.ts";
import type { Revision } from "./revision.ts";
import type { Rollout } from "./rollout.ts";
import type { SourceChange } from "./source-change.ts";
import type { State } from "./state.ts";
import type { StepResult } from "./step.ts";

/** How a rollout ended, with everything that led there: `rollout` in `--json`. */
export interface RolloutAnswer {
  id: string;
  application: string;
  environment: string;
  intent: Intent;
  /** ISO 8601. */
  startedAt: string;
  /** ISO 8601; null while it goes on. */
  endedAt: string | null;
  revision: Pick<Revision, "commit" | "dirty" | "components" | "sources"> | null;
  plan: Plan | null;
  /** The approval that let it be carried out, where one was asked for. */
  approval?: ApprovalUse;
  steps: StepResult[];
  evidence: Evidence[];
  /** The last log lines of units whose proof failed. */
  logs: UnitLogs[];
  findings: Finding[];
  deferred: Debt[];
  outcome: Outcome;
  /** True when the manifest or the command line was at fault: exit code 2 instead of 3. */
  invalid: boolean;
  /** The rollout that was found open and taken over, if any. */
  tookOver: string | null;
}

export interface UnitLogs {
  component: string;
  target: string;
  lines: string[];
}

export interface PlanAnswer {
  plan: Plan;
  /** What changed in each component since it was last proven at each place, in the order of the plan's targets. */
  changes: SourceChange[];
  /** What the plan is known by, where it must be approved: `landfall approve --plan`. */
  hash?: string;
  findings: Finding[];
}

export interface ApprovalAnswer {
  environment: string;
  approval: Approval;
  /** What a deploy will find when it looks at it. */
  signature: Signature;
  plan: Plan;
}

export interface WithdrawalAnswer {
  environment: string;
  /** Those that were taken back. */
  approvals: Approval[];
}

export interface CheckAnswer {
  file: string;
  findings: Finding[];
}

export interface StatusAnswer {
  application: string | null;
  /** Null for a ledger that is not shared. */
  ledger: Freshness | null;
  environments: EnvironmentStatus[];
}

export interface EnvironmentStatus {
  environment: string;
  /** Null when nothing was ever recorded. */
  state: State | null;
  holder: Holder | null;
  rows: StatusRow[];
  /** What serves on targets that must still catch up; absent where nothing is owed. */
  oldCode?: OldCode[];
  /** Present with --live: what was read now, and what follows from it. */
  live?: { evidence: Evidence[]; outcome: Outcome; invalid: boolean };
  findings: Finding[];
}

export interface StatusRow {
  component: string;
  target: string;
  /** What was read when the verdict was given; null when nothing told it. */
  commit: string | null;
  /** What was last proven there. */
  proven: string | null;
  /** `proven`, `refuted`, `unknown`, or `never` when it was never deployed. */
  verdict: "proven" | "refuted" | "unknown" | "never";
  reason: string;
  at: string | null;
  /** Commits on the checked-out branch that the running one lacks; null when it cannot be told. */
  behind: number | null;
}

export interface HistoryAnswer {
  environment: string;
  /** Null for a ledger that is not shared. */
  ledger: Freshness | null;
  rollouts: Rollout[];
  /** Approvals of plans, newest first, whether they were used or not; absent where there never was one. */
  approvals?: Approval[];
}

export interface LockAnswer {
  environment: string;
  /** Null when nobody holds it. */
  holder: Holder | null;
  /** Null for a ledger that is not shared. */
  ledger: Freshness | null;
}
