import { staleness } from "../../model/freshness.ts";
import { findingLines } from "../../report/findings.ts";
import { printable } from "../../report/printable.ts";
import { holderText } from "../../report/status.ts";
import type { Run } from "../verb.ts";
import { environmentOf } from "./arguments.ts";

export const run: Run = async (invocation, session) => {
  const environment = environmentOf(invocation);
  const { lockHolder } = await import("../../actions/lock.ts");
  const { holder, ledger } = await lockHolder({ environment }, await session.world({ providers: false }));
  return {
    ending: "ok",
    body: { environment, holder, ledger },
    findings: staleness(ledger),
    text: (paint) =>
      [
        ...findingLines(printable(staleness(ledger)), paint),
        `${environment}: ${holder ? holderText(printable(holder), session.now()) : "not locked"}`,
      ].join("\n"),
  };
};
