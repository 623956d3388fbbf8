import type { Output } from "../answer.ts";
import { textOf } from "../json.ts";
import type { ChangeSet, Stack, StackEvent } from "../state.ts";
import { needChangeSet } from "./change-sets.ts";
import { type Action, needStack, page } from "./request.ts";

/** What happened to a stack, or what early validation has against a change set: only this action tells its reasons. */
export const describeEvents: Action = (request) => {
  const filters = request.input.Filters as { FailedEvents?: boolean } | undefined;
  const isNamed = textOf(request.input, "ChangeSetName") !== undefined;
  const all = isNamed ? ofChangeSet(needChangeSet(request)) : ofStack(needStack(request, "plain"));
  const wanted = all.filter(({ failed }) => failed || filters?.FailedEvents !== true);
  const { items, next } = page(request, wanted);
  return { OperationEvents: items.map(({ event }) => event), NextToken: next };
};

interface Told {
  failed: boolean;
  event: Output;
}

function ofChangeSet({ stack, set }: { stack: Stack; set: ChangeSet }): Told[] {
  return set.mistakes.map(({ logicalId, type, path, reason }, at) => ({
    failed: true,
    event: {
      EventId: `${set.name}-${at}`,
      StackId: stack.id,
      OperationType: "CREATE_CHANGESET",
      OperationStatus: "FAILED",
      EventType: "VALIDATION_ERROR",
      LogicalResourceId: logicalId,
      ResourceType: type,
      Timestamp: set.at,
      ValidationFailureMode: "FAIL",
      ValidationName: "PROPERTY_VALIDATION",
      ValidationStatus: "FAILED",
      ValidationStatusReason: reason,
      ValidationPath: `/Resources/${logicalId}/Properties${path}`,
    },
  }));
}

function ofStack(stack: Stack): Told[] {
  const told = (event: StackEvent) => ({
    failed: event.status.endsWith("_FAILED"),
    event: {
      EventId: event.id,
      StackId: stack.id,
      EventType: event.status.endsWith("_FAILED") ? "PROVISIONING_ERROR" : "STACK_EVENT",
      LogicalResourceId: event.logicalId,
      PhysicalResourceId: event.physicalId,
      ResourceType: event.type,
      Timestamp: event.at,
      ResourceStatus: event.status,
      ResourceStatusReason: event.reason,
      ClientRequestToken: event.token,
    },
  });
  return stack.events.toReversed().map(told);
}
