import { Cancelled, cleanUp, deploy } from "./deploy.ts";
import { ServiceError } from "./error.ts";
import { rollBackCreation, rollBackUpdate } from "./rollback.ts";
import type { Deployment, Stack } from "./state.ts";
import { isRetained, removeResource, StepFailed, type Work } from "./steps.ts";
import type { World } from "./world.ts";

/** Makes a new stack, through all its states. */
export async function createStack(
  world: World,
  stack: Stack,
  deployment: Deployment,
  onFailure = "ROLLBACK",
): Promise<void> {
  const work = { world, stack, deployment };
  await world.enter(stack, "CREATE_IN_PROGRESS", "User Initiated");
  try {
    await deploy(work);
  } catch (error) {
    const reason = whyFailed(error);
    stack.deployment = deployment;
    if (stack.disableRollback || onFailure === "DO_NOTHING") return await world.enter(stack, "CREATE_FAILED", reason);
    if (onFailure === "DELETE") return await deleteStack(world, stack, [], deployment);
    return await rollBackCreation(work, `${reason}Rollback requested by user.`);
  }
  stack.undo = null;
  await world.enter(stack, "CREATE_COMPLETE");
}

/** Changes a stack, through all its states. */
export async function updateStack(world: World, stack: Stack, deployment: Deployment): Promise<void> {
  const work = { world, stack, deployment };
  stack.cancelled = false;
  stack.updated = new Date();
  await world.enter(stack, "UPDATE_IN_PROGRESS", "User Initiated");
  try {
    const leftovers = await deploy(work);
    stack.undo = null;
    await world.enter(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
    const clean = await cleanUp(work, leftovers);
    await world.enter(stack, "UPDATE_COMPLETE", clean ? undefined : "One or more resources could not be deleted.");
  } catch (error) {
    const reason = whyFailed(error);
    if (stack.disableRollback) return await world.enter(stack, "UPDATE_FAILED", reason);
    await rollBackUpdate(work, reason);
  }
}

/** Takes a stack away with what is in it, except for what is retained. */
export async function deleteStack(
  world: World,
  stack: Stack,
  retain: readonly string[],
  deployment: Deployment | null,
): Promise<void> {
  await world.enter(stack, "DELETE_IN_PROGRESS", "User Initiated");
  const failed: string[] = [];
  for (const resource of [...stack.resources.values()].toReversed()) {
    // Only a stack that was never made has no template, and nothing in it.
    if (deployment === null) continue;
    const work: Work = { world, stack, deployment };
    const kept = retain.includes(resource.logicalId) || isRetained(resource, "DeletionPolicy");
    if (!(await removeResource(work, resource, kept))) failed.push(resource.logicalId);
    else stack.resources.delete(resource.logicalId);
  }
  if (failed.length > 0)
    return await world.enter(
      stack,
      "DELETE_FAILED",
      `The following resource(s) failed to delete: [${failed.join(", ")}]. `,
    );
  stack.deleted = new Date();
  stack.outputs = [];
  await world.enter(stack, "DELETE_COMPLETE");
}

/** A stack's reason for what went wrong in it. This server's own mistakes are none. */
function whyFailed(error: unknown): string {
  if (error instanceof StepFailed) return `The following resource(s) failed to ${error.phase}: [${error.logicalId}]. `;
  if (error instanceof Cancelled) return "User Initiated";
  if (error instanceof ServiceError) return error.message;
  throw error;
}
