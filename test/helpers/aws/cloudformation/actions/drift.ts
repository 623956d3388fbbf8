import { randomUUID } from "node:crypto";
import type { Output } from "../answer.ts";
import { invalid, ServiceError } from "../error.ts";
import { canonical, type JsonObject, textOf, textsOf } from "../json.ts";
import { handlers } from "../resources/handlers.ts";
import type { Resource, Stack } from "../state.ts";
import { changedProperties } from "../steps.ts";
import type { World } from "../world.ts";
import { type Action, needStack, needState, page, type Request } from "./request.ts";

interface Detection {
  stack: Stack;
  status: "DETECTION_IN_PROGRESS" | "DETECTION_COMPLETE" | "DETECTION_FAILED";
  reason: string | undefined;
  drifts: Output[];
  at: Date;
}

const detections = new WeakMap<World, Map<string, Detection>>();

export const detectStackDrift: Action = async (request) => {
  const { world } = request;
  const stack = needStack(request, "plain");
  needState(
    stack,
    ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"],
    "checked for drift",
  );
  const wanted = textsOf(request.input, "LogicalResourceIds");
  const unknown = wanted.filter((name) => !stack.resources.has(name));
  if (unknown.length > 0) throw invalid(`Resources [${unknown.join(", ")}] do not exist in stack ${stack.name}`);
  // What the user guide says that detection takes besides its own permission ("Detect drift on an entire stack").
  await needPermission(request, "cloudformation:DetectStackResourceDrift", stack.id);
  await needPermission(request, "cloudformation:BatchDescribeTypeConfigurations", "*");
  const id = randomUUID();
  const detection: Detection = {
    stack,
    status: "DETECTION_IN_PROGRESS",
    reason: undefined,
    drifts: [],
    at: new Date(),
  };
  kept(world).set(id, detection);
  world.start(stack, () => detect(request, detection, wanted));
  return { StackDriftDetectionId: id };
};

export const describeStackDriftDetectionStatus: Action = (request) => {
  const id = textOf(request.input, "StackDriftDetectionId") ?? "";
  const found = kept(request.world).get(id);
  if (found === undefined || found.stack.account !== request.caller.account)
    throw invalid(`Drift detection with id ${id} does not exist`);
  const done = found.status === "DETECTION_COMPLETE";
  return {
    StackId: found.stack.id,
    StackDriftDetectionId: id,
    StackDriftStatus: done ? found.stack.drift.status : undefined,
    DetectionStatus: found.status,
    DetectionStatusReason: found.reason,
    DriftedStackResourceCount: done
      ? found.drifts.filter((drift) => drift.StackResourceDriftStatus !== "IN_SYNC").length
      : undefined,
    Timestamp: found.at,
  };
};

export const describeStackResourceDrifts: Action = (request) => {
  const stack = needStack(request, "plain");
  const wanted = textsOf(request.input, "StackResourceDriftStatusFilters");
  const last = [...kept(request.world).values()].findLast(
    (one) => one.stack === stack && one.status === "DETECTION_COMPLETE",
  );
  const all = (last?.drifts ?? []).filter(
    (drift) => wanted.length === 0 || wanted.includes(String(drift.StackResourceDriftStatus)),
  );
  const { items, next } = page(request, all, Number(request.input.MaxResults ?? request.world.pageSize));
  return { StackResourceDrifts: items, NextToken: next };
};

async function needPermission({ world, caller, region }: Request, action: string, resource: string): Promise<void> {
  if (await world.permit(caller.arn, action, resource, region)) return;
  const message = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource}`;
  throw new ServiceError("AccessDenied", message, 403);
}

function kept(world: World): Map<string, Detection> {
  const found = detections.get(world) ?? new Map<string, Detection>();
  detections.set(world, found);
  return found;
}

async function detect(request: Request, detection: Detection, wanted: readonly string[]): Promise<void> {
  const { world } = request;
  const { stack } = detection;
  await world.step();
  try {
    for (const resource of stack.resources.values()) {
      if (wanted.length > 0 && !wanted.includes(resource.logicalId)) continue;
      detection.drifts.push(await compare(request, stack, resource));
    }
  } catch (error) {
    detection.status = "DETECTION_FAILED";
    detection.reason = error instanceof Error ? error.message : String(error);
    return;
  }
  const drifted = [...stack.resources.values()].some(({ drift }) => drift === "MODIFIED" || drift === "DELETED");
  stack.drift = { status: drifted ? "DRIFTED" : "IN_SYNC", at: new Date() };
  detection.status = "DETECTION_COMPLETE";
}

/** What the template wants of a resource against what is live, in the properties that can be read. */
async function compare({ world, caller }: Request, stack: Stack, resource: Resource): Promise<Output> {
  const place = world.placeOf(stack, resource.logicalId, caller, undefined);
  const live = await handlers[resource.type]?.read(place, resource.physicalId, resource.properties);
  const base = {
    StackId: stack.id,
    LogicalResourceId: resource.logicalId,
    PhysicalResourceId: resource.physicalId,
    ResourceType: resource.type,
    Timestamp: new Date(),
  };
  if (live == null) {
    resource.drift = "DELETED";
    return { ...base, ExpectedProperties: JSON.stringify(resource.properties), StackResourceDriftStatus: "DELETED" };
  }
  const expected: JsonObject = Object.fromEntries(Object.entries(resource.properties).filter(([name]) => name in live));
  const changed = changedProperties(expected, live);
  resource.drift = changed.length > 0 ? "MODIFIED" : "IN_SYNC";
  return {
    ...base,
    ExpectedProperties: JSON.stringify(expected),
    ActualProperties: JSON.stringify(live),
    PropertyDifferences: changed.map((name) => ({
      PropertyPath: `/${name}`,
      ExpectedValue: canonical(expected[name]),
      ActualValue: canonical(live[name]),
      DifferenceType: name in expected ? "NOT_EQUAL" : "ADD",
    })),
    StackResourceDriftStatus: resource.drift,
  };
}
