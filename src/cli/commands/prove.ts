import type { Run } from "../verb.ts";
import { componentsOf, environmentOf } from "./arguments.ts";
import { rolloutReply } from "./rollout-reply.ts";

export const run: Run = async (invocation, session) => {
  const request = {
    environment: environmentOf(invocation),
    components: componentsOf(invocation),
    ref: invocation.text("ref"),
  };
  const { prove } = await import("../../actions/prove.ts");
  const world = await session.world();
  return await rolloutReply(await prove(request, world), invocation, world);
};
