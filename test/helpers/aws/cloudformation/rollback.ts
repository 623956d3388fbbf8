import { cleanUp } from "./deploy.ts";
import type { Resource } from "./state.ts";
import { isRetained, removeResource, StepFailed, updateResource, type Work } from "./steps.ts";

/** Takes away what a failed creation has made. */
export async function rollBackCreation({ world, stack, deployment }: Work, reason: string): Promise<void> {
  await world.enter(stack, "ROLLBACK_IN_PROGRESS", reason);
  const failed: string[] = [];
  for (const resource of [...stack.resources.values()].toReversed()) {
    const kept = isRetained(resource, "DeletionPolicy", true);
    if (!(await removeResource({ world, stack, deployment }, resource, kept))) failed.push(resource.logicalId);
  }
  stack.outputs = [];
  stack.undo = null;
  if (failed.length > 0)
    await world.enter(stack, "ROLLBACK_FAILED", `The following resource(s) failed to delete: [${failed.join(", ")}]. `);
  else await world.enter(stack, "ROLLBACK_COMPLETE");
}

/** Brings back what was there before a failed update, newest change first; resources in `skip` are taken as brought back. */
export async function rollBackUpdate(work: Work, reason: string, skip: readonly string[] = []): Promise<void> {
  const { world, stack } = work;
  await world.enter(stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason);
  const { undo } = stack;
  if (undo === null) throw new Error(`${stack.name} has nothing to go back to`);
  while (undo.done.length > 0) {
    const change = undo.done.at(-1);
    const resource = stack.resources.get(change?.logicalId ?? "");
    if (change === undefined || resource === undefined) throw new Error("a change without its resource");
    if (change.before === undefined) undo.leftovers.push(resource);
    else if (!skip.includes(change.logicalId)) {
      try {
        const replaced = await bringBack(work, resource, change.before, change.kind === "replaced");
        if (replaced !== null) undo.leftovers.push(replaced);
      } catch (error) {
        if (!(error instanceof StepFailed)) throw error;
        const failed = `The following resource(s) failed to update: [${error.logicalId}]. `;
        return await world.enter(stack, "UPDATE_ROLLBACK_FAILED", failed);
      }
    }
    undo.done.pop();
  }
  stack.deployment = undo.deployment;
  stack.outputs = undo.outputs;
  stack.undo = null;
  await world.enter(stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS");
  const leftovers = undo.leftovers.map((resource) => ({ resource, policy: "DeletionPolicy" as const }));
  await cleanUp(work, leftovers, true);
  await world.enter(stack, "UPDATE_ROLLBACK_COMPLETE");
}

/** Gives the physical resource that took the old one's place, if there is one. */
async function bringBack(
  work: Work,
  resource: Resource,
  before: Resource,
  replaced: boolean,
): Promise<Resource | null> {
  const made = { ...resource };
  const inPlace = !replaced && JSON.stringify(before.properties) !== JSON.stringify(resource.properties);
  if (inPlace) {
    await updateResource(work, resource, before, "rollback");
    return null;
  }
  const wanted = work.world.failure(work.stack, resource.logicalId, "rollback");
  if (wanted !== undefined) throw new StepFailed(resource.logicalId, "update", wanted);
  Object.assign(resource, before, { status: "UPDATE_COMPLETE", at: new Date() });
  return replaced && made.physicalId !== before.physicalId ? made : null;
}
