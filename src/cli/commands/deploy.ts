import type { Run } from "../verb.ts";
import { answersOf, componentsOf, environmentOf, reasonOf, waitOf } from "./arguments.ts";
import { run as planInstead } from "./plan.ts";
import { rolloutReply } from "./rollout-reply.ts";

export const run: Run = async (invocation, session) => {
  if (invocation.on("dry-run")) return await planInstead(invocation, session);
  const request = {
    environment: environmentOf(invocation),
    components: componentsOf(invocation),
    ref: invocation.text("ref"),
    force: invocation.on("force"),
    ...reasonOf(invocation, ["force", "once-done", "once-rerun"]),
    waitSeconds: waitOf(invocation),
    answers: answersOf(invocation),
  };
  const { deploy } = await import("../../actions/deploy.ts");
  const world = await session.world();
  return await rolloutReply(await deploy(request, world), invocation, world);
};
