import type { DiscoverRequest } from "../../actions/discover.ts";
import { UserError } from "../../model/errors.ts";
import { discoverText } from "../../report/discover.ts";
import { printable } from "../../report/printable.ts";
import { usage } from "../usage.ts";
import type { Invocation, Run } from "../verb.ts";

export const run: Run = async (invocation, session) => {
  const request = requestOf(invocation);
  const { discover, draftOf } = await import("../../actions/discover.ts");
  const world = await session.world();
  const answer = await discover(request, world);
  const draft = invocation.on("draft") ? { draft: draftOf(answer, world) } : {};
  return {
    // A list that could not be read is no empty list.
    ending: answer.findings.some(({ code }) => code !== "not-in-account") ? "unproven" : "ok",
    body: { ...answer, ...draft },
    text: (paint) => draft.draft?.trimEnd() ?? discoverText(printable(answer), session.now(), paint),
    findings: answer.findings,
  };
};

function requestOf(invocation: Invocation): DiscoverRequest {
  const [environment] = invocation.args;
  const [profile, region] = [invocation.text("profile"), invocation.text("region")];
  const wrong = (message: string) => new UserError("invalid", [usage(message, invocation.verb)]);
  if (!invocation.on("aws")) throw wrong("discover looks at AWS accounts: say --aws");
  if (environment !== undefined && (profile !== undefined || region !== undefined))
    throw wrong("an environment has its own account and region: give either ENV or --profile and --region");
  return { environment, profile, region };
}
