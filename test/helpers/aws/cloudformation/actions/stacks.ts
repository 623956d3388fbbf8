import { randomUUID } from "node:crypto";
import { isEmpty, planChanges } from "../changes.ts";
import { invalid, ServiceError } from "../error.ts";
import { textOf, textsOf } from "../json.ts";
import { createStack as create, deleteStack as remove, updateStack as update } from "../operations.ts";
import { rollBackCreation, rollBackUpdate } from "../rollback.ts";
import { readDeployment, refuseMissing } from "../source.ts";
import type { Deployment, Stack } from "../state.ts";
import { TransformFailed } from "../transform.ts";
import { type Action, findStack, needStack, needState, once, type Request } from "./request.ts";

/** The states from which a stack may be updated. */
export const updatable = ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"];

export const createStack: Action = async (request) => {
  const { input, world } = request;
  const name = textOf(input, "StackName") ?? "";
  refuseName(name);
  return await once(request, name, async () => {
    const deployment = await readNow(request, null);
    if (findStack(request, name) !== null)
      throw new ServiceError("AlreadyExistsException", `Stack [${name}] already exists`);
    if (input.DisableRollback !== undefined && input.OnFailure !== undefined)
      throw invalid("You can specify either DisableRollback or OnFailure, but not both");
    const stack = newStack(request, name, "CREATE_IN_PROGRESS");
    stack.disableRollback = input.DisableRollback === true;
    stack.protected = input.EnableTerminationProtection === true;
    stack.token = textOf(input, "ClientRequestToken");
    stack.deployment = deployment;
    world.start(stack, () => create(world, stack, deployment, textOf(input, "OnFailure")));
    return { StackId: stack.id };
  });
};

export const updateStack: Action = async (request) => {
  const { input, world } = request;
  const stack = needStack(request, "plain");
  return await once(request, stack.name, async () => {
    needState(stack, updatable, "updated");
    const deployment = await readNow(request, stack);
    if (isEmpty(planChanges(world, stack, deployment))) throw invalid("No updates are to be performed.");
    stack.disableRollback = input.DisableRollback === true;
    stack.token = textOf(input, "ClientRequestToken");
    for (const set of stack.changeSets.values()) set.execution = "OBSOLETE";
    world.start(stack, () => update(world, stack, deployment));
    return { StackId: stack.id };
  });
};

export const deleteStack: Action = async (request) => {
  const { input, world } = request;
  const stack = findStack(request, textOf(input, "StackName") ?? "");
  // A stack that is not there counts as deleted.
  if (stack === null || stack.status === "DELETE_COMPLETE") return {};
  return await once(request, stack.name, () => {
    if (stack.protected)
      throw invalid(`Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`);
    if (
      /_IN_PROGRESS$/.test(stack.status) &&
      !["REVIEW_IN_PROGRESS", "CREATE_IN_PROGRESS", "DELETE_IN_PROGRESS"].includes(stack.status)
    )
      throw invalid(`Stack [${stack.name}] cannot be deleted while in status ${stack.status}`);
    const retain = textsOf(input, "RetainResources");
    if (retain.length > 0 && stack.status !== "DELETE_FAILED")
      throw invalid(
        "Invalid operation on stack. RetainResources can only be specified for stacks in DELETE_FAILED state",
      );
    stack.token = textOf(input, "ClientRequestToken");
    stack.changeSets.clear();
    const deployment = stack.deployment === null ? null : onBehalf(request, stack.deployment);
    world.start(stack, () => remove(world, stack, retain, deployment));
    return {};
  });
};

export const rollbackStack: Action = async (request) => {
  const { world } = request;
  const stack = needStack(request, "plain");
  return await once(request, stack.name, () => {
    needState(stack, ["CREATE_FAILED", "UPDATE_FAILED"], "rolled back");
    const work = { world, stack, deployment: onBehalf(request, needDeployment(stack)) };
    world.start(stack, () =>
      stack.status === "CREATE_FAILED"
        ? rollBackCreation(work, "User Initiated")
        : rollBackUpdate(work, "User Initiated"),
    );
    return { StackId: stack.id };
  });
};

export const continueUpdateRollback: Action = async (request) => {
  const { input, world } = request;
  const stack = needStack(request, "plain");
  return await once(request, stack.name, () => {
    needState(stack, ["UPDATE_ROLLBACK_FAILED"], "continued to roll back");
    const skip = textsOf(input, "ResourcesToSkip");
    const failed = [...stack.resources.values()]
      .filter(({ status }) => status === "UPDATE_FAILED")
      .map(({ logicalId }) => logicalId);
    const wrong = skip.filter((name) => !failed.includes(name));
    if (wrong.length > 0)
      throw invalid(`The following resources are not in UPDATE_FAILED state: [${wrong.join(", ")}]`);
    const work = { world, stack, deployment: onBehalf(request, needDeployment(stack)) };
    world.start(stack, () => rollBackUpdate(work, "User Initiated", skip));
    return {};
  });
};

export const cancelUpdateStack: Action = async (request) => {
  const stack = needStack(request, "plain");
  return await once(request, stack.name, () => {
    if (stack.status !== "UPDATE_IN_PROGRESS")
      throw invalid("CancelUpdateStack cannot be called from current stack status");
    stack.cancelled = true;
    return {};
  });
};

/** Puts a new stack into the world. */
export function newStack({ world, caller, region }: Request, name: string, status: string): Stack {
  const stack: Stack = {
    id: `arn:aws:cloudformation:${region}:${caller.account}:stack/${name}/${randomUUID()}`,
    name,
    account: caller.account,
    region,
    status,
    reason: undefined,
    created: new Date(),
    updated: undefined,
    deleted: undefined,
    deployment: null,
    resources: new Map(),
    outputs: [],
    events: [],
    changeSets: new Map(),
    disableRollback: false,
    protected: false,
    drift: { status: "NOT_CHECKED", at: undefined },
    changeSetId: undefined,
    undo: null,
    token: undefined,
    cancelled: false,
  };
  world.stacks.set(stack.id, stack);
  return stack;
}

/** Refuses a name that the service takes for no new stack; the model allows ARNs here. */
export function refuseName(name: string): void {
  const fail = (text: string) =>
    invalid(`1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint: ${text}`);
  if (name.length > 128) throw fail("Member must have length less than or equal to 128");
  if (!/^[a-zA-Z][-a-zA-Z0-9]*$/.test(name))
    throw fail("Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*");
}

/** Without a change set, a transform must be allowed, and its failure is the request's. */
async function readNow(request: Request, stack: Stack | null): Promise<Deployment> {
  try {
    const deployment = await readDeployment(request, stack);
    const { transforms } = deployment.template;
    refuseMissing(
      transforms.length > 0 && !deployment.capabilities.includes("CAPABILITY_AUTO_EXPAND")
        ? ["CAPABILITY_AUTO_EXPAND"]
        : [],
    );
    return deployment;
  } catch (error) {
    if (error instanceof TransformFailed) throw invalid(error.message);
    throw error;
  }
}

/** The same deployment, in the name of who asks now, or of the role that the request names. */
function onBehalf({ caller, input }: Request, deployment: Deployment): Deployment {
  return { ...deployment, caller, roleArn: textOf(input, "RoleARN") ?? deployment.roleArn };
}

function needDeployment({ name, deployment }: Stack): Deployment {
  if (deployment === null) throw new Error(`${name} has no template`);
  return deployment;
}
