import type { Output } from "../answer.ts";
import { exportsOf } from "../deploy.ts";
import { invalid } from "../error.ts";
import { textOf, textsOf } from "../json.ts";
import type { Resource, Stack } from "../state.ts";
import { parametersOf, tagsOf } from "./change-sets.ts";
import { type Action, findStack, needStack, page, type Request } from "./request.ts";

export const describeStacks: Action = (request) => {
  const name = textOf(request.input, "StackName");
  const all =
    name === undefined
      ? own(request).filter(({ status }) => status !== "DELETE_COMPLETE")
      : [needStack(request, "with id")];
  const { items, next } = page(request, all);
  return { Stacks: items.map(describe), NextToken: next };
};

export const describeStackEvents: Action = (request) => {
  const stack = needStack(request, "plain");
  const { items, next } = page(request, stack.events.toReversed());
  const events = items.map((event) => ({
    StackId: stack.id,
    EventId: event.id,
    StackName: stack.name,
    LogicalResourceId: event.logicalId,
    PhysicalResourceId: event.physicalId,
    ResourceType: event.type,
    Timestamp: event.at,
    ResourceStatus: event.status,
    ResourceStatusReason: event.reason,
    ResourceProperties: event.properties,
    ClientRequestToken: event.token,
  }));
  return { StackEvents: events, NextToken: next };
};

export const describeStackResources: Action = (request) => {
  const [name, physical] = [textOf(request.input, "StackName"), textOf(request.input, "PhysicalResourceId")];
  if ((name === undefined) === (physical === undefined))
    throw invalid("You must specify either StackName or PhysicalResourceId, but not both.");
  const logical = textOf(request.input, "LogicalResourceId");
  const stack = name === undefined ? stackOf(request, physical ?? "") : needStack(request, "with id");
  const resources = [...stack.resources.values()].filter(({ logicalId }) => (logical ?? logicalId) === logicalId);
  return {
    StackResources: resources.map((resource) => ({
      StackName: stack.name,
      StackId: stack.id,
      ...shown(resource),
      Timestamp: resource.at,
      DriftInformation: driftOf(resource),
    })),
  };
};

export const describeStackResource: Action = (request) => {
  const stack = needStack(request, "plain");
  const name = textOf(request.input, "LogicalResourceId") ?? "";
  const resource = stack.resources.get(name);
  if (resource === undefined) throw invalid(`Resource ${name} does not exist for stack ${stack.name}`);
  const metadata = resource.declaration.Metadata;
  return {
    StackResourceDetail: {
      StackName: stack.name,
      StackId: stack.id,
      ...shown(resource),
      LastUpdatedTimestamp: resource.at,
      Metadata: metadata === undefined ? undefined : JSON.stringify(metadata),
      DriftInformation: driftOf(resource),
    },
  };
};

export const listStacks: Action = (request) => {
  const wanted = textsOf(request.input, "StackStatusFilter");
  const all = own(request).filter(({ status }) => wanted.length === 0 || wanted.includes(status));
  const { items, next } = page(request, all);
  const summaries = items.map((stack) => ({
    StackId: stack.id,
    StackName: stack.name,
    TemplateDescription: descriptionOf(stack),
    CreationTime: stack.created,
    LastUpdatedTime: stack.updated,
    DeletionTime: stack.deleted,
    StackStatus: stack.status,
    StackStatusReason: stack.reason,
    DriftInformation: { StackDriftStatus: stack.drift.status, LastCheckTimestamp: stack.drift.at },
  }));
  return { StackSummaries: summaries, NextToken: next };
};

export const listStackResources: Action = (request) => {
  const stack = needStack(request, "with id");
  const { items, next } = page(request, [...stack.resources.values()]);
  const summaries = items.map((resource) => ({
    ...shown(resource),
    LastUpdatedTimestamp: resource.at,
    DriftInformation: driftOf(resource),
  }));
  return { StackResourceSummaries: summaries, NextToken: next };
};

export const listExports: Action = (request) => {
  const all = [...exportsOf(request.world, { account: request.caller.account, region: request.region })];
  const { items, next } = page(request, all);
  return {
    Exports: items.map(([name, { stack, value }]) => ({ ExportingStackId: stack.id, Name: name, Value: value })),
    NextToken: next,
  };
};

function own({ world, caller, region }: Request): Stack[] {
  return [...world.stacks.values()]
    .filter((stack) => stack.account === caller.account && stack.region === region)
    .toReversed();
}

function stackOf(request: Request, physical: string): Stack {
  const found = own(request).find((stack) =>
    [...stack.resources.values()].some(({ physicalId }) => physicalId === physical),
  );
  if (found === undefined || findStack(request, found.name) === null)
    throw invalid(`Stack for ${physical} does not exist`);
  return found;
}

function describe(stack: Stack): Output {
  const { deployment } = stack;
  return {
    StackId: stack.id,
    StackName: stack.name,
    ChangeSetId: stack.changeSetId,
    Description: descriptionOf(stack),
    Parameters: deployment === null ? [] : parametersOf(deployment),
    CreationTime: stack.created,
    LastUpdatedTime: stack.updated,
    DeletionTime: stack.deleted,
    RollbackConfiguration: {},
    StackStatus: stack.status,
    StackStatusReason: stack.reason,
    DisableRollback: stack.disableRollback,
    NotificationARNs: [],
    Capabilities: deployment?.capabilities ?? [],
    Outputs: stack.outputs.map(({ key, value, description, exported }) => ({
      OutputKey: key,
      OutputValue: value,
      Description: description,
      ExportName: exported,
    })),
    RoleARN: deployment?.roleArn,
    Tags: deployment === null ? [] : tagsOf(deployment),
    EnableTerminationProtection: stack.protected,
    DriftInformation: { StackDriftStatus: stack.drift.status, LastCheckTimestamp: stack.drift.at },
  };
}

function descriptionOf({ deployment }: Stack): string | undefined {
  return deployment === null ? undefined : textOf(deployment.template.processed, "Description");
}

function shown({ logicalId, physicalId, type, status, reason }: Resource) {
  return {
    LogicalResourceId: logicalId,
    PhysicalResourceId: physicalId === "" ? undefined : physicalId,
    ResourceType: type,
    ResourceStatus: status,
    ResourceStatusReason: reason,
  };
}

function driftOf({ drift }: Resource): Output {
  return { StackResourceDriftStatus: drift };
}
