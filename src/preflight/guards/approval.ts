import {
  type ApprovalRule,
  approvedBy,
  type CheckedApproval,
  isOpen,
  planName,
  weakness,
} from "../../model/approval.ts";
import type { Finding } from "../../model/finding.ts";
import { planDifferences, shortHash } from "../../model/plan-id.ts";
import type { Gate, GivenApprovals } from "../gate.ts";
import type { Guard } from "../guard.ts";

/** Somebody approved this very plan, and the approval counts here. The finding says by whom, and what that is worth. */
export const approvalGuard: Guard = ({ environment, intent, gate }) => {
  // A catch-up at boot would say so at every boot.
  if (gate?.spared && intent === "rollback") return [spared(environment)];
  if (!gate?.approval) return [];
  const taken = takenApproval(gate);
  if (taken) return [{ code: "approved", level: "note", message: approvedBy(whoOf(taken)) }];
  return [refusal(environment, gate.approval)];
};

/** The approval that lets the plan through: the first that counts, a signed one before an advisory one. */
export function takenApproval({ approval }: Gate): CheckedApproval | null {
  if (!approval) return null;
  const counting = ofThisPlan(approval).filter((one) => objection(one, approval) === null);
  return counting.find(({ signature }) => signature.state === "good") ?? counting[0] ?? null;
}

const whoOf = ({ approval, signature }: CheckedApproval) => ({ who: approval.who, signature });

function ofThisPlan({ given, plan }: GivenApprovals): CheckedApproval[] {
  return given.filter(({ approval }) => isOpen(approval) && approval.plan.hash === plan.hash);
}

/** Why an approval of this plan does not count, and under which code; null when it does. */
function objection(
  one: CheckedApproval,
  { rule, now }: Pick<GivenApprovals, "rule" | "now">,
): Pick<Finding, "code" | "message"> | null {
  const { approval, signature } = one;
  const by = `the approval by ${signature.state === "good" ? signature.name : approval.who} of ${approval.at}`;
  const untrusted = (why: string) => ({ code: "approval-untrusted" as const, message: `${by} does not count: ${why}` });
  // One that was tampered with is no advice either.
  if (signature.state === "bad") return untrusted(weakness(signature));
  if (rule.signed && signature.state === "unread")
    return { code: "approvers-unread", message: `${by} cannot be checked: ${signature.why}` };
  if (rule.signed && signature.state !== "good")
    return untrusted(`only signed ones do here, and it is ${weakness(signature)}`);
  if (!isAllowed(one, rule)) return untrusted(`only those by ${rule.by?.join(", ")} do here`);
  if (rule.withinSeconds !== undefined && ageSeconds(approval.at, now) > rule.withinSeconds)
    return { code: "approval-expired", message: `${by} is older than ${inWords(rule.withinSeconds)}` };
  return null;
}

function isAllowed({ approval, signature }: CheckedApproval, { by }: ApprovalRule): boolean {
  return by === undefined || by.includes(signature.state === "good" ? signature.name : approval.who);
}

/** One sentence why nothing lets this plan through: what is nearest to an approval of it. */
function refusal(environment: string, given: GivenApprovals): Finding {
  const { plan, commit } = given;
  const fix = `look at landfall plan ${environment}, then let somebody run landfall approve ${environment} --plan ${shortHash(plan.hash)} --reason "…"`;
  const now = planName({ plan, commit });
  const block = (code: Finding["code"], message: string): Finding => ({ code, level: "block", message, fix });
  const objections = ofThisPlan(given).flatMap((one) => objection(one, given) ?? []);
  const [first] = objections;
  if (first) return block(first.code, first.message);
  const same = given.given.find(({ approval }) => approval.plan.hash === plan.hash)?.approval;
  if (same?.withdrawn) {
    const { who, at, reason } = same.withdrawn;
    return block("approval-missing", `the approval of ${now} was withdrawn by ${who} at ${at}: ${reason}`);
  }
  if (same?.used)
    return block("approval-missing", `the approval of ${now} was used by rollout ${same.used.rollout}: it counts once`);
  const other = given.given.find(({ approval }) => isOpen(approval))?.approval;
  if (!other) return block("approval-missing", `nobody approved ${now}`);
  const differences = planDifferences(other.plan.parts, plan.parts).join(", ");
  return block("plan-changed", `approved was ${planName(other)}, this is ${now}: differs in ${differences}`);
}

/** What the environment asks for is not asked of a way back: it must be open at any hour. */
function spared(environment: string): Finding {
  const message = `${environment} asks for approvals; a way back to what was proven here before needs none, and is recorded`;
  return { code: "approval-spared", level: "note", message };
}

function ageSeconds(at: string, now: Date): number {
  const age = (now.getTime() - Date.parse(at)) / 1000;
  return Number.isNaN(age) ? Number.POSITIVE_INFINITY : age;
}

function inWords(seconds: number): string {
  const [size, unit] = seconds % 86_400 === 0 ? [86_400, "d"] : seconds % 3600 === 0 ? [3600, "h"] : [60, "m"];
  return `${seconds / size}${unit}`;
}
