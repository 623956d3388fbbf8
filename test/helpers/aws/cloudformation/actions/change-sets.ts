import { randomUUID } from "node:crypto";
import type { Output } from "../answer.ts";
import { isEmpty, planChanges } from "../changes.ts";
import { invalid, ServiceError } from "../error.ts";
import { canonical, type JsonObject, textOf } from "../json.ts";
import { createStack, updateStack } from "../operations.ts";
import { readDeployment } from "../source.ts";
import type { Change, ChangeSet, Deployment, Stack } from "../state.ts";
import { TransformFailed } from "../transform.ts";
import { tellStack, type World } from "../world.ts";
import { type Action, findStack, needStack, needState, once, page, type Request } from "./request.ts";
import { newStack, refuseName, updatable } from "./stacks.ts";

export const createChangeSet: Action = async (request) => {
  const name = textOf(request.input, "StackName") ?? "";
  return await once(request, name, async () => {
    const kind = textOf(request.input, "ChangeSetType") ?? "UPDATE";
    if (kind !== "CREATE" && kind !== "UPDATE") throw invalid(`The test server makes no change sets of type ${kind}`);
    const there = findStack(request, name);
    if (kind === "UPDATE") {
      if (there === null) throw invalid(`Stack [${name}] does not exist`);
      needState(there, updatable, "updated");
    } else if (there !== null && there.status !== "REVIEW_IN_PROGRESS") {
      throw invalid(
        `Stack [${name}] already exists and cannot be created again with the changeSet [${textOf(request.input, "ChangeSetName")}].`,
      );
    }
    const same = sameChangeSet(request, there);
    if (same !== null) return same;
    const prepared = await prepare(request, there);
    const stack = there ?? reviewed(request, name);
    const set = register(request, stack, kind, prepared);
    request.world.start(stack, () => finish(request.world, stack, set, prepared));
    return { Id: set.id, StackId: stack.id };
  });
};

export const describeChangeSet: Action = (request) => {
  const { stack, set } = needChangeSet(request);
  const { items, next } = page(request, set.changes);
  const { deployment } = set;
  return {
    ChangeSetName: set.name,
    ChangeSetId: set.id,
    StackId: stack.id,
    StackName: stack.name,
    Description: set.description,
    Parameters: parametersOf(deployment),
    CreationTime: set.at,
    ExecutionStatus: set.execution,
    Status: set.status,
    StatusReason: set.reason,
    NotificationARNs: [],
    RollbackConfiguration: {},
    Capabilities: deployment.capabilities,
    Tags: tagsOf(deployment),
    Changes: items.map(changeOf),
    NextToken: next,
    IncludeNestedStacks: false,
    OnStackFailure: set.onStackFailure,
  };
};

export const executeChangeSet: Action = async (request) => {
  const { stack, set } = needChangeSet(request);
  return await once(request, stack.name, () => {
    const cannot = `ChangeSet [${set.id}] cannot be executed in its current`;
    if (set.status !== "CREATE_COMPLETE")
      throw new ServiceError("InvalidChangeSetStatus", `${cannot} status of [${set.status}]`);
    if (set.execution !== "AVAILABLE")
      throw new ServiceError("InvalidChangeSetStatus", `${cannot} execution status of [${set.execution}]`);
    if (set.kind === "CREATE") needState(stack, ["REVIEW_IN_PROGRESS"], "updated");
    else needState(stack, updatable, "updated");
    set.execution = "EXECUTE_IN_PROGRESS";
    stack.changeSetId = set.id;
    stack.token = textOf(request.input, "ClientRequestToken");
    stack.disableRollback = request.input.DisableRollback === true;
    // The others were made against a stack that is no more.
    for (const other of stack.changeSets.keys()) if (other !== set.id) stack.changeSets.delete(other);
    request.world.start(stack, async () => {
      if (set.kind === "CREATE") await createStack(request.world, stack, set.deployment, set.onStackFailure);
      else await updateStack(request.world, stack, set.deployment);
      set.execution = /^(CREATE|UPDATE)_COMPLETE$/.test(stack.status) ? "EXECUTE_COMPLETE" : "EXECUTE_FAILED";
    });
    return {};
  });
};

export const deleteChangeSet: Action = (request) => {
  const name = textOf(request.input, "ChangeSetName") ?? "";
  const found = findChangeSet(request, name);
  // One that is not there counts as deleted, as long as its stack is there.
  if (found === null) {
    if (!name.startsWith("arn:")) needStack(request, "plain");
    return {};
  }
  if (found.set.execution === "EXECUTE_IN_PROGRESS")
    throw new ServiceError(
      "InvalidChangeSetStatus",
      `ChangeSet [${found.set.id}] cannot be deleted in its current status of [${found.set.status}]`,
    );
  found.stack.changeSets.delete(found.set.id);
  return {};
};

export const listChangeSets: Action = (request) => {
  const stack = needStack(request, "plain");
  const { items, next } = page(
    request,
    [...stack.changeSets.values()].filter(({ execution }) => !execution.startsWith("EXECUTE_")),
  );
  const summaries = items.map((set) => ({
    StackId: stack.id,
    StackName: stack.name,
    ChangeSetId: set.id,
    ChangeSetName: set.name,
    ExecutionStatus: set.execution,
    Status: set.status,
    StatusReason: set.reason,
    CreationTime: set.at,
    Description: set.description,
    IncludeNestedStacks: false,
  }));
  return { Summaries: summaries, NextToken: next };
};

/** What a request's template and parameters come to; a failed transform is the change set's failure, not the request's. */
async function prepare(request: Request, stack: Stack | null): Promise<Deployment | TransformFailed> {
  try {
    return await readDeployment(request, stack);
  } catch (error) {
    if (error instanceof TransformFailed) return error;
    throw error;
  }
}

/** The answer for a change set that the same request has made; another one of that name is refused. */
function sameChangeSet({ input }: Request, stack: Stack | null): Output | null {
  const name = textOf(input, "ChangeSetName");
  const set = [...(stack?.changeSets.values() ?? [])].find((one) => one.name === name && one.execution !== "OBSOLETE");
  if (stack === null || set === undefined) return null;
  if (set.fingerprint === fingerprintOf(input)) return { Id: set.id, StackId: stack.id };
  const mismatch = `ChangeSet ${name} cannot be created due to a mismatch with existing attribute Template`;
  throw new ServiceError("AlreadyExistsException", mismatch);
}

function fingerprintOf({ ClientToken: _token, ...input }: JsonObject): string {
  return canonical(input);
}

function reviewed(request: Request, name: string): Stack {
  refuseName(name);
  const stack = newStack(request, name, "REVIEW_IN_PROGRESS");
  tellStack(stack, "REVIEW_IN_PROGRESS", "User Initiated");
  return stack;
}

function register(
  { input, caller }: Request,
  stack: Stack,
  kind: ChangeSet["kind"],
  prepared: Deployment | TransformFailed,
): ChangeSet {
  const name = textOf(input, "ChangeSetName") ?? "";
  const failed: Deployment = {
    template: { body: textOf(input, "TemplateBody") ?? "", original: {}, processed: {}, transforms: [] },
    parameters: [],
    tags: new Map(),
    capabilities: [],
    roleArn: undefined,
    caller,
  };
  const set: ChangeSet = {
    id: `arn:aws:cloudformation:${stack.region}:${stack.account}:changeSet/${name}/${randomUUID()}`,
    name,
    kind,
    description: textOf(input, "Description"),
    at: new Date(),
    status: "CREATE_IN_PROGRESS",
    reason: undefined,
    execution: "UNAVAILABLE",
    deployment: prepared instanceof TransformFailed ? failed : prepared,
    changes: [],
    mistakes: [],
    fingerprint: fingerprintOf(input),
    onStackFailure: textOf(input, "OnStackFailure"),
  };
  stack.changeSets.set(set.id, set);
  return set;
}

async function finish(
  world: World,
  stack: Stack,
  set: ChangeSet,
  prepared: Deployment | TransformFailed,
): Promise<void> {
  await world.step();
  const reason = prepared instanceof TransformFailed ? prepared.message : whyNot(world, stack, set);
  set.status = reason === undefined ? "CREATE_COMPLETE" : "FAILED";
  set.execution = reason === undefined ? "AVAILABLE" : "UNAVAILABLE";
  set.reason = reason;
}

/** Works the changes out; gives the reason why the change set failed, if it did. */
function whyNot(world: World, stack: Stack, set: ChangeSet): string | undefined {
  try {
    const planned = planChanges(world, stack, set.deployment);
    set.mistakes = planned.mistakes;
    if (set.mistakes.length > 0) return earlyValidation;
    set.changes = planned.changes;
    if (!isEmpty(planned)) return undefined;
    return set.deployment.template.transforms.length > 0 ? "No updates are to be performed." : nothingChanged;
  } catch (error) {
    if (error instanceof ServiceError) return error.message;
    throw error;
  }
}

const nothingChanged =
  "The submitted information didn't contain changes. Submit different information to create a change set.";
const earlyValidation =
  "The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation]. To troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information.";

/** The change set that must be there, with its stack. */
export function needChangeSet(request: Request): { stack: Stack; set: ChangeSet } {
  const name = textOf(request.input, "ChangeSetName") ?? "";
  if (!name.startsWith("arn:") && textOf(request.input, "StackName") === undefined)
    throw invalid("StackName must be specified if ChangeSetName is not specified as an ARN.");
  if (!name.startsWith("arn:")) needStack(request, "plain");
  const found = findChangeSet(request, name);
  if (found === null) throw new ServiceError("ChangeSetNotFound", `ChangeSet [${name}] does not exist`, 404);
  return found;
}

function findChangeSet(request: Request, name: string): { stack: Stack; set: ChangeSet } | null {
  const stackName = textOf(request.input, "StackName");
  for (const stack of request.world.stacks.values()) {
    if (stack.account !== request.caller.account || stack.region !== request.region) continue;
    for (const set of stack.changeSets.values()) {
      const isNamed = set.name === name && findStack(request, stackName ?? "") === stack;
      if (set.id === name || isNamed) return { stack, set };
    }
  }
  return null;
}

function changeOf(change: Change): Output {
  return {
    Type: "Resource",
    ResourceChange: {
      Action: change.action,
      LogicalResourceId: change.logicalId,
      PhysicalResourceId: change.physicalId,
      ResourceType: change.type,
      Replacement: change.replacement,
      Scope: change.scope,
      Details: change.details.map(({ attribute, name, evaluation, recreation, cause }) => ({
        Target: { Attribute: attribute, Name: name, RequiresRecreation: recreation },
        Evaluation: evaluation,
        ChangeSource:
          cause === undefined ? "DirectModification" : cause.includes(".") ? "ResourceAttribute" : "ResourceReference",
        CausingEntity: cause,
      })),
    },
  };
}

/** Parameters as they are shown: hidden ones as stars. */
export function parametersOf({ parameters }: Deployment): Output[] {
  return parameters.map(({ key, value, hidden }) => ({ ParameterKey: key, ParameterValue: hidden ? "****" : value }));
}

/** Tags as they are shown. */
export function tagsOf({ tags }: Deployment): Output[] {
  return [...tags].map(([key, value]) => ({ Key: key, Value: value }));
}
