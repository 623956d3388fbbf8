import type { Run } from "../verb.ts";
import { environmentOf, targetOf, waitOf } from "./arguments.ts";
import { rolloutReply } from "./rollout-reply.ts";

export const run: Run = async (invocation, session) => {
  const request = {
    environment: environmentOf(invocation),
    target: targetOf(invocation),
    waitSeconds: waitOf(invocation),
  };
  const { sync } = await import("../../actions/sync.ts");
  const world = await session.world();
  return await rolloutReply(await sync(request, world), invocation, world);
};
