import type { World } from "../../actions/world.ts";
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
  const answer = await prove(request, world);
  if (answer.findings.some(({ code }) => code === "nothing-recorded")) await mustExist(request.environment, world);
  return await rolloutReply(answer, invocation, world);
};

/** Of a misspelt name it is true, and no help, that nothing was ever deployed there. Throws `unknown-environment`. */
async function mustExist(environment: string, world: World): Promise<void> {
  const { mustBeKnown } = await import("../../actions/known-environment.ts");
  await mustBeKnown(environment, await world.openLedger(world.directory), world);
}
