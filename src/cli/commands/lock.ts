import { printable } from "../../report/printable.ts";
import { holderText } from "../../report/status.ts";
import type { Run } from "../verb.ts";
import { environmentOf } from "./arguments.ts";

export const run: Run = async (invocation, session) => {
  const environment = environmentOf(invocation);
  const { lockHolder } = await import("../../actions/lock.ts");
  const holder = await lockHolder({ environment }, await session.world({ providers: false }));
  return {
    ending: "ok",
    body: { environment, holder },
    text: () => `${environment}: ${holder ? holderText(printable(holder), session.now()) : "not locked"}`,
  };
};
