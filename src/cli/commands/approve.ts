import { UserError } from "../../model/errors.ts";
import { approvalText, withdrawalText } from "../../report/approval.ts";
import { planText } from "../../report/plan.ts";
import { printable } from "../../report/printable.ts";
import { usage } from "../usage.ts";
import type { Invocation, Reply, Run, Session } from "../verb.ts";
import { deployRequestOf, environmentOf, reasonMissing, reasonOf } from "./arguments.ts";

export const run: Run = async (invocation, session) => {
  const { reason } = reasonOf(invocation, []);
  if (reason === undefined) throw new UserError("invalid", [reasonMissing("approve")]);
  if (invocation.on("withdraw")) return await withdrawn(reason, invocation, session);
  const { approve } = await import("../../actions/approve.ts");
  const request = {
    ...deployRequestOf(invocation),
    reason,
    plan: invocation.text("plan"),
    confirm: (answer: Parameters<typeof planText>[0]) =>
      session.confirm((paint) => planText(printable(answer), paint), "Approve this plan?"),
  };
  const answer = await approve(request, await session.world());
  return { ending: "ok", body: { ...answer }, text: (paint) => approvalText(printable(answer), paint) };
};

async function withdrawn(reason: string, invocation: Invocation, session: Session): Promise<Reply> {
  refuseForeign(invocation);
  const { withdraw } = await import("../../actions/approve.ts");
  const request = { environment: environmentOf(invocation), reason, plan: invocation.text("plan") };
  const answer = await withdraw(request, await session.world({ providers: false }));
  return { ending: "ok", body: { ...answer }, text: () => withdrawalText(printable(answer)) };
}

/** What says which plan is approved says nothing of which approvals are taken back: it would be all of them. */
function refuseForeign(invocation: Invocation): void {
  const option = ["ref", "component", "force", "once-done", "once-rerun"].find((name) => invocation.on(name));
  const other = option === undefined ? invocation.args[1] : `--${option}`;
  if (other === undefined) return;
  const message = `--withdraw does not take ${other}: it takes back all approvals that were not used, or that of --plan`;
  throw new UserError("invalid", [usage(message, invocation.verb)]);
}
