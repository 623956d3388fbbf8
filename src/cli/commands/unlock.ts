import { UserError } from "../../model/errors.ts";
import { printable } from "../../report/printable.ts";
import { holderText } from "../../report/status.ts";
import type { Run } from "../verb.ts";
import { environmentOf, reasonMissing, reasonOf } from "./arguments.ts";

export const run: Run = async (invocation, session) => {
  const environment = environmentOf(invocation);
  const { reason } = reasonOf(invocation, []);
  if (reason === undefined) throw new UserError("invalid", [reasonMissing("unlock")]);
  const { unlock } = await import("../../actions/lock.ts");
  const holder = await unlock({ environment, reason }, await session.world({ providers: false }));
  return {
    ending: "ok",
    body: { environment, holder },
    text: () => `${environment}: the lock is released; it was ${holderText(printable(holder), session.now())}`,
  };
};
