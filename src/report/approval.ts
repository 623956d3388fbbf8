import type { ApprovalAnswer, PlanAnswer, WithdrawalAnswer } from "../model/answers.ts";
import { type Approval, approvedBy, isOpen, planName } from "../model/approval.ts";
import { shortHash } from "../model/plan-id.ts";
import type { RolloutEvent } from "../model/rollout.ts";
import type { Paint } from "./paint.ts";
import { columns, cut, hanging } from "./table.ts";
import { age, moment } from "./time.ts";

/** What stands in a table's cell. */
const longestReason = 60;

/** What a plan is approved by; nothing where no approval is asked for. */
export function hashLines({ hash, plan }: PlanAnswer, paint: Paint): string[] {
  if (hash === undefined) return [];
  return ["", `plan ${paint("bold", shortHash(hash))}  ${plan.environment} carries out approved plans only`];
}

/** What `approve` answers. */
export function approvalText({ environment, approval, signature }: ApprovalAnswer, paint: Paint): string {
  const mark = paint("green", "✔ APPROVED");
  return `${mark} ${environment}  ${planName(approval)}: ${approvedBy({ who: approval.who, signature })}`;
}

export function withdrawalText({ environment, approvals }: WithdrawalAnswer): string {
  return approvals.map((approval) => `${environment}: the approval of ${planName(approval)} is withdrawn`).join("\n");
}

/** Approvals of an environment, one line each: for which plan, by whom, and what became of it. */
export function approvalTable(approvals: readonly Approval[] = [], paint: Paint): string[] {
  if (approvals.length === 0) return [];
  const head = ["APPROVAL", "WHEN", "PLAN", "WHO", "SIGNED", "STATE", "REASON"].map((word) => paint("dim", word));
  const rows = approvals.map((approval) => [
    approval.id,
    moment(approval.at),
    planName(approval).replace(/^plan /, ""),
    approval.who,
    signedBy(approval),
    whatBecame(approval),
    cut(approval.reason.replaceAll("\n", " "), longestReason),
  ]);
  return ["", ...columns([head, ...rows])];
}

/** Approvals that wait for their deploy. */
export function openApprovalLines(approvals: readonly Approval[] = [], now: Date): string[] {
  return approvals
    .filter(isOpen)
    .map(
      (approval) =>
        `  approved and not deployed: ${planName(approval)} by ${approval.who}, ${age(approval.at, now)} ago`,
    );
}

/** By whom a rollout was let through. */
export function approvalTaken(event: RolloutEvent): string[] {
  if (event.event !== "approval-taken") return [];
  const { reason } = event.approval;
  return [`plan     ${shortHash(event.approval.plan)}, ${approvedBy(event.approval)}: ${hanging(reason, "    ")}`];
}

/** As the deploy that used it found; before that nobody has looked. */
function signedBy({ signed, used }: Approval): string {
  if (used) return used.signature.state === "good" ? `by ${used.signature.name}` : "advisory";
  return signed === undefined ? "no" : "unchecked";
}

function whatBecame({ used, withdrawn }: Approval): string {
  if (used) return `used by ${used.rollout}`;
  return withdrawn ? `withdrawn by ${withdrawn.who}: ${withdrawn.reason.replaceAll("\n", " ")}` : "open";
}
