import type { CredentialsAnswer } from "../../model/credentials.ts";
import { blocking } from "../../model/finding.ts";
import { credentialsText } from "../../report/credentials.ts";
import { printable } from "../../report/printable.ts";
import type { Ending } from "../exit-codes.ts";
import type { Run } from "../verb.ts";
import { environmentOf } from "./arguments.ts";

export const run: Run = async (invocation, session) => {
  const { credentials } = await import("../../actions/credentials.ts");
  const answer = await credentials({ environment: environmentOf(invocation) }, await session.world());
  return {
    ending: endingOf(answer),
    body: { ...answer },
    text: (paint) => credentialsText(printable(answer), paint),
    findings: answer.findings,
  };
};

/** What refuses a deploy is blocked here too; what is not known is not fine. */
export function endingOf({ findings }: Pick<CredentialsAnswer, "findings">): Ending {
  if (blocking(findings).length > 0) return "blocked";
  return findings.some(({ code }) => code === "credentials-unread") ? "unproven" : "ok";
}
