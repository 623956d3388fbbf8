import { blocking } from "../../model/finding.ts";
import { findingLines } from "../../report/findings.ts";
import { printable } from "../../report/printable.ts";
import type { Run } from "../verb.ts";

export const run: Run = async (invocation, session) => {
  const environment = invocation.args[0];
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
