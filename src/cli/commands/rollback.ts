import type { Run } from "../verb.ts";
import { environmentOf, reasonOf, waitOf } from "./arguments.ts";
import { planReply } from "./plan.ts";
import { rolloutReply } from "./rollout-reply.ts";

export const run: Run = async (invocation, session) => {
  const to = invocation.text("to");
  const request = {
    environment: environmentOf(invocation),
    ...(to === undefined ? {} : { to }),
    ...reasonOf(invocation, []),
    waitSeconds: waitOf(invocation),
  };
  const { planRollback, rollback } = await import("../../actions/rollback.ts");
  const world = await session.world();
  if (invocation.on("dry-run")) return planReply(await planRollback(request, world));
  return await rolloutReply(await rollback(request, world), invocation, world);
};
