import type { StatusAnswer } from "../../model/answers.ts";
import { staleness } from "../../model/freshness.ts";
import { printable } from "../../report/printable.ts";
import { statusText } from "../../report/status.ts";
import type { Ending } from "../exit-codes.ts";
import type { Run } from "../verb.ts";

export const run: Run = async (invocation, session) => {
  const environment = invocation.args[0];
  const { status } = await import("../../actions/status.ts");
  const request = { ...(environment === undefined ? {} : { environment }), live: invocation.on("live") };
  const answer = await status(request, await session.world({ providers: request.live }));
  return {
    ending: endingOf(answer),
    body: { application: answer.application, ledger: answer.ledger, environments: answer.environments },
    text: (paint) => statusText(printable(answer), session.now(), paint),
    findings: [...staleness(answer.ledger), ...answer.environments.flatMap((each) => each.findings)],
  };
};

const worstFirst: readonly Ending[] = [
  "invalid",
  "failed",
  "blocked",
  "unproven",
  "interrupted",
  "cancelled",
  "proven",
];

/** What was read now decides, and the worst environment counts: one that could not be read is not taken for good. */
export function endingOf({ environments }: StatusAnswer): Ending {
  const live = environments.flatMap((environment) => environment.live ?? []);
  if (live.length === 0) return "ok";
  const endings: Ending[] = live.map(({ outcome, invalid }) => (invalid ? "invalid" : outcome.outcome));
  return worstFirst.find((ending) => endings.includes(ending)) ?? "unproven";
}
