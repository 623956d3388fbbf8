import { UserError } from "../../model/errors.ts";
import { blocking } from "../../model/finding.ts";
import { findingLines } from "../../report/findings.ts";
import { printable } from "../../report/printable.ts";
import { usage } from "../usage.ts";
import type { Invocation, Run } from "../verb.ts";

export const run: Run = async (invocation, session) => {
  const [environment, ...others] = invocation.args;
  if (environment === "image") return await (await import("./check-image.ts")).checkImage(invocation, session);
  refuseForeign(others, invocation);
  const { check } = await import("../../actions/check.ts");
  const { file, findings } = await check(environment === undefined ? {} : { environment }, await session.world());
  const blocks = blocking(findings).length;
  return {
    ending: blocks > 0 ? "failed" : "ok",
    body: { file, findings },
    findings,
    text: (paint) =>
      [
        ...findingLines(printable(findings), paint),
        blocks > 0
          ? paint("red", `✘ ${file}: ${blocks} blocking finding${blocks === 1 ? "" : "s"}`)
          : paint("green", `✔ ${file} is sound`),
      ].join("\n"),
  };
};

/** What belongs to `check image` alone. */
function refuseForeign(others: readonly string[], invocation: Invocation): void {
  const refuse = (message: string) => new UserError("invalid", [usage(message, invocation.verb)]);
  const option = ["context", "build-arg", "target", "entry", "explain"].find((name) => invocation.on(name));
  if (option !== undefined) throw refuse(`--${option} belongs to \`check image\``);
  const { length } = invocation.args;
  if (others.length > 0)
    throw refuse(`check takes one environment, and is given ${length}: ${invocation.args.join(", ")}`);
}
