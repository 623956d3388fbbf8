import type { Run } from "../verb.ts";
import { deployRequestOf } from "./arguments.ts";
import { run as planInstead } from "./plan.ts";
import { rolloutReply } from "./rollout-reply.ts";

export const run: Run = async (invocation, session) => {
  if (invocation.on("dry-run")) return await planInstead(invocation, session);
  // What is wrong with the command line is said before anything is loaded.
  const request = deployRequestOf(invocation);
  const { deploy } = await import("../../actions/deploy.ts");
  const world = await session.world();
  return await rolloutReply(await deploy(request, world), invocation, world);
};
