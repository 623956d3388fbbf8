import type { PlanAnswer } from "../../model/answers.ts";
import { blocking } from "../../model/finding.ts";
import { planText } from "../../report/plan.ts";
import { printable } from "../../report/printable.ts";
import type { Reply, Run } from "../verb.ts";
import { deployRequestOf } from "./arguments.ts";

export const run: Run = async (invocation, session) => {
  const request = deployRequestOf(invocation);
  const { plan } = await import("../../actions/plan.ts");
  return planReply(await plan(request, await session.world()));
};

/** The reply of plan, and of a rollback that is only planned. */
export function planReply(answer: PlanAnswer): Reply {
  return {
    ending: blocking(answer.findings).length > 0 ? "blocked" : "ok",
    body: { ...answer },
    text: (paint) => planText(printable(answer), paint),
    findings: answer.findings,
  };
}
