import { ulid } from "ulid";
import { signsWithSsh, statementOf } from "../ledger/approve.ts";
import { type Approval, type ApprovalRule, isOpen, type Signature, weakness } from "../model/approval.ts";
import { UserError, userError } from "../model/errors.ts";
import { blocking } from "../model/finding.ts";
import { type PlanId, shortHash } from "../model/plan-id.ts";
import type { ApprovalAnswer, PlanAnswer, WithdrawalAnswer } from "./answers.ts";
import { type KnownSigners, knownSigners } from "./approvers.ts";
import type { BringRequest } from "./deploy.ts";
import { mustBeKnown } from "./known-environment.ts";
import { type Foresight, foresee } from "./plan.ts";
import type { Scene } from "./scene.ts";
import type { World } from "./world.ts";

/** The same words as the deploy that is to be carried out: they make the same plan. */
export interface ApproveRequest extends BringRequest {
  /** The hash of the plan that was looked at, or its beginning; undefined: the one that is shown now. */
  plan?: string | undefined;
  reason: string;
  /** Shows the plan and asks; false: it is not approved. */
  confirm: (answer: PlanAnswer) => Promise<boolean>;
}

/** What approvals find fault with is what this is to mend. */
const mended: readonly string[] = [
  "approval-missing",
  "plan-changed",
  "approval-expired",
  "approval-untrusted",
  "approvers-unread",
];

/**
 * Makes the plan that a deploy would carry out now, has it looked at, and records that it may be. Signed where git is set to
 * sign with a key of SSH. Throws, with nothing recorded: `approval-needless`, what else would refuse the deploy,
 * `plan-changed`, `not-confirmed`, `signing-failed`, and `approval-untrusted` where it would not count.
 */
export async function approve(request: ApproveRequest, world: World): Promise<ApprovalAnswer> {
  mustHaveReason(request);
  return await foresee(request, world, "deploy", async (foresight) => {
    const { answer, gate } = foresight;
    if (!gate?.approval) throw needless(request.environment);
    const { plan, rule } = gate.approval;
    const findings = answer.findings.filter(({ code }) => !mended.includes(code));
    if (blocking(findings).length > 0) throw new UserError("blocked", blocking(findings));
    mustBe(plan, request);
    if (!(await request.confirm({ ...answer, findings }))) throw notConfirmed(request.environment);
    return { ...(await give(plan, rule, foresight, request, world)), plan: answer.plan };
  });
}

/** Takes back what nobody used yet: all of it, or that of one plan. Throws `approval-missing` where there is none. */
export async function withdraw(
  request: Pick<ApproveRequest, "environment" | "reason" | "plan">,
  world: World,
): Promise<WithdrawalAnswer> {
  mustHaveReason(request);
  const { environment, reason, plan = "" } = request;
  const ledger = await world.openLedger(world.directory);
  const state = await ledger.state(environment);
  const open = (state?.approvals ?? []).filter((each) => isOpen(each) && each.plan.hash.startsWith(plan));
  if (open.length === 0) {
    await mustBeKnown(environment, ledger, world);
    throw userError("blocked", "approval-missing", `no approval for ${environment} is there to be withdrawn`);
  }
  const at = world.now().toISOString();
  const { who } = world.owner;
  for (const { id } of open)
    await ledger.withdraw(environment, { event: "approval-withdrawn", at, approval: id, who, reason });
  return { environment, approvals: open.map((each) => ({ ...each, withdrawn: { who, at, reason } })) };
}

async function give(
  plan: PlanId,
  rule: ApprovalRule,
  { scene, answer }: Foresight,
  { environment, reason }: ApproveRequest,
  world: World,
): Promise<Omit<ApprovalAnswer, "plan">> {
  const sign = await signsWithSsh(scene.directory);
  const signers = sign ? await knownSigners(scene, world) : null;
  const { commit } = answer.plan.revision;
  const at = world.now().toISOString();
  const approval: Approval = { id: ulid(), plan, commit, who: world.owner.who, at, reason };
  let signature: Signature = { state: "unsigned" };
  const accept = async (signed: string | null, ledger: string) => {
    if (signed !== null && signers) signature = await looked(approval, signed, ledger, signers, scene);
    refuseWorthless(signature, approval, rule);
  };
  const application = scene.environment.application;
  const given = await scene.ledger.approve(environment, { application, approval, sign, accept });
  return { environment, approval: given, signature };
}

/** What the deploy will find when it looks at the signature. */
async function looked(
  approval: Approval,
  signed: string,
  ledger: string,
  signers: KnownSigners,
  { environment, ledger: store }: Scene,
): Promise<Signature> {
  if ("problem" in signers) return { state: "unread", why: signers.problem };
  const expected = statementOf(approval, environment.application, environment.environment, ledger);
  return await store.signature(environment.environment, signed, expected, signers, false);
}

/** An approval that the deploy would not take is no use to anybody. */
function refuseWorthless(signature: Signature, { who }: Approval, rule: ApprovalRule): void {
  const refuse = (message: string, fix: string) => userError("blocked", "approval-untrusted", message, { fix });
  const name = signature.state === "good" ? signature.name : who;
  if (rule.by && !rule.by.includes(name))
    throw refuse(
      `only approvals by ${rule.by.join(", ")} count here, and this is one by ${name}`,
      "let one of them approve it",
    );
  if (!rule.signed || signature.state === "good") return;
  const fix =
    signature.state === "unsigned"
      ? "set git config gpg.format ssh and user.signingkey to the key that `approvers` lists"
      : "approve with a key that `approvers` lists there";
  throw refuse(`only signed approvals count here, and this one is ${weakness(signature)}`, fix);
}

function mustBe(plan: PlanId, { plan: looked, environment }: ApproveRequest): void {
  if (looked === undefined || (looked.length >= shortestHash && plan.hash.startsWith(looked))) return;
  const message = `what was looked at is plan ${looked}, and a deploy would carry out plan ${shortHash(plan.hash)} now`;
  throw userError("blocked", "plan-changed", message, { fix: `look again: landfall plan ${environment}` });
}

/** Shorter beginnings could be those of another plan. */
const shortestHash = 7;

function mustHaveReason({ reason }: Pick<ApproveRequest, "reason">): void {
  if (reason.trim() === "")
    throw userError("invalid", "reason-missing", "an approval goes into the record: give a --reason");
}

function needless(environment: string): UserError {
  const message = `${environment} asks for no approval (\`requires.approval\`), or the plan would change nothing there`;
  return userError("blocked", "approval-needless", message);
}

function notConfirmed(environment: string): UserError {
  return userError("blocked", "not-confirmed", `the plan for ${environment} was not approved: nobody said yes`, {
    fix: "answer y, or give --yes where nobody is there to ask",
  });
}
