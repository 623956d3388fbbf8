import type { World } from "../../actions/world.ts";
import { UserError } from "../../model/errors.ts";
import { blocking } from "../../model/finding.ts";
import type { PolicyAnswer, PolicyDocument, TrustAnswer } from "../../model/policy-answer.ts";
import { whereOf } from "../../report/findings.ts";
import { checkText, diffText, documentsText } from "../../report/policy.ts";
import { printable } from "../../report/printable.ts";
import { usage } from "../usage.ts";
import type { Invocation, Reply, Run } from "../verb.ts";
import { environmentOf } from "./arguments.ts";

export const run: Run = async (invocation, session) => {
  const environment = environmentOf(invocation);
  const kind = kindOf(invocation);
  const { checkPolicy, diffPolicy, policy, trust } = await import("../../actions/policy.ts");
  const world = await session.world();
  switch (kind) {
    case "check":
      return judged(await checkPolicy({ environment }, world), checkText);
    case "diff":
      return judged(await diffPolicy({ environment }, world), diffText);
    case "trust": {
      const repository = invocation.text("repository");
      const githubEnvironment = invocation.text("github-environment");
      const answer = await trust({ environment, repository, githubEnvironment }, world);
      return documents(answer, [answer.trust], world);
    }
    case "policy": {
      const answer = await policy({ environment }, world);
      return documents(answer, answer.policies, world);
    }
  }
};

type Answer = Parameters<typeof checkText>[0] | Parameters<typeof diffText>[0];

/** What is missing or not known has failed the check. */
function judged<T extends Answer>(answer: T, text: (answer: T, paint: Parameters<Reply["text"]>[0]) => string): Reply {
  return {
    ending: blocking(answer.findings).length > 0 ? "failed" : "ok",
    body: { ...answer },
    text: (paint) => text(printable(answer), paint),
    findings: answer.findings,
  };
}

/** The documents alone go to stdout; what is to be said of them is told beside it. */
function documents(answer: PolicyAnswer | TrustAnswer, policies: readonly PolicyDocument[], world: World): Reply {
  for (const finding of printable(answer.findings)) {
    const message = [whereOf(finding), finding.message].filter((part) => part !== "").join(": ");
    world.emit({ event: "act", at: world.now().toISOString(), message });
  }
  return { ending: "ok", body: { ...answer }, text: () => documentsText(policies), findings: answer.findings };
}

/** Which of the four is asked for. Throws a UserError `usage` for options that do not go together. */
function kindOf(invocation: Invocation): "policy" | "trust" | "check" | "diff" {
  const kinds = (["trust", "check", "diff"] as const).filter((name) => invocation.on(name));
  const [kind = "policy", other] = kinds;
  if (other !== undefined)
    throw new UserError("invalid", [usage(`--${kind} and --${other} are two questions`, invocation.verb)]);
  const foreign = ["repository", "github-environment"].find((name) => invocation.text(name) !== undefined);
  if (kind !== "trust" && foreign !== undefined)
    throw new UserError("invalid", [usage(`--${foreign} belongs to --trust`, invocation.verb)]);
  return kind;
}
