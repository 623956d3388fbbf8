import { randomUUID } from "node:crypto";
import { canonical, isObject, type JsonObject, textOf } from "./json.ts";
import type { Handler, Made, Place } from "./resources/handler.ts";
import { handlers } from "./resources/handlers.ts";
import { propertyMistakes, resourceSchema } from "./schemas.ts";
import type { Deployment, Resource, Stack } from "./state.ts";
import type { Phase, World } from "./world.ts";

/** A resource did not come to be what it should. */
export class StepFailed extends Error {
  readonly logicalId: string;
  readonly phase: "create" | "update" | "delete";

  constructor(logicalId: string, phase: StepFailed["phase"], reason: string) {
    super(reason);
    this.logicalId = logicalId;
    this.phase = phase;
  }
}

/** The stack that is worked on, and in whose name. */
export interface Work {
  world: World;
  stack: Stack;
  deployment: Deployment;
}

/** Makes a resource that the stack does not have. */
export async function createResource(work: Work, wanted: Wanted): Promise<void> {
  const resource: Resource = {
    ...wanted,
    physicalId: "",
    attributes: {},
    status: "",
    reason: undefined,
    at: new Date(),
    drift: "NOT_CHECKED",
  };
  work.stack.resources.set(wanted.logicalId, resource);
  tell(work, resource, "CREATE_IN_PROGRESS");
  await attempt(work, resource, "create", "CREATE_FAILED", async (handler, place) => {
    keep(resource, await handler.create(place, resource.properties));
    tell(work, resource, "CREATE_IN_PROGRESS", "Resource creation Initiated");
  });
  tell(work, resource, "CREATE_COMPLETE");
}

/** What a template wants of one resource, with all functions worked out. */
export type Wanted = Pick<Resource, "logicalId" | "type" | "properties" | "declaration">;

/** Changes a resource in place. */
export async function updateResource(
  work: Work,
  resource: Resource,
  wanted: Wanted,
  phase: Phase = "update",
): Promise<void> {
  Object.assign(resource, wanted);
  tell(work, resource, "UPDATE_IN_PROGRESS");
  await attempt(work, resource, phase, "UPDATE_FAILED", async (handler, place) => {
    if (handler.update === undefined) throw new Error(`${resource.type} cannot be changed in place`);
    keep(resource, await handler.update(place, resource.physicalId, resource.properties));
  });
  tell(work, resource, "UPDATE_COMPLETE");
}

/** Makes another physical resource in place of one, which stays until the cleanup. */
export async function replaceResource(work: Work, resource: Resource, wanted: Wanted): Promise<void> {
  Object.assign(resource, wanted);
  tell(
    work,
    resource,
    "UPDATE_IN_PROGRESS",
    "Requested update requires the creation of a new physical resource; hence creating one.",
  );
  await attempt(work, resource, "update", "UPDATE_FAILED", async (handler, place) => {
    keep(resource, await handler.create(place, resource.properties));
    tell(work, resource, "UPDATE_IN_PROGRESS", "Resource creation Initiated");
  });
  tell(work, resource, "UPDATE_COMPLETE");
}

/** Takes a physical resource away, or leaves it where the policy says so. Gives whether that went well. */
export async function removeResource(work: Work, resource: Resource, retain: boolean): Promise<boolean> {
  if (retain && resource.physicalId !== "") {
    tell(work, resource, "DELETE_SKIPPED");
    return true;
  }
  tell(work, resource, "DELETE_IN_PROGRESS");
  try {
    await attempt(work, resource, "delete", "DELETE_FAILED", async (handler, place) => {
      if (resource.physicalId !== "") await handler.remove(place, resource.physicalId, resource.properties);
    });
  } catch (error) {
    if (error instanceof StepFailed) return false;
    throw error;
  }
  tell(work, resource, "DELETE_COMPLETE");
  return true;
}

/** Whether a policy keeps a physical resource when its stack lets go of it. */
export function isRetained(
  { declaration }: Resource,
  policy: "DeletionPolicy" | "UpdateReplacePolicy",
  undoing = false,
): boolean {
  const wanted = textOf(declaration, policy) ?? "Delete";
  return wanted === "Retain" || (wanted === "RetainExceptOnCreate" && !undoing);
}

/** The properties that differ. */
export function changedProperties(before: JsonObject, after: JsonObject): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => canonical(before[name]) !== canonical(after[name]));
}

/** Those of them that need another physical resource. */
export function replacing(type: string, changed: readonly string[]): string[] {
  const { createOnly } = resourceSchema(type) ?? { createOnly: new Set<string>() };
  return changed.filter((name) => createOnly.has(name));
}

/** The properties of a declaration as they stand in the template. */
export function rawProperties(declaration: JsonObject): JsonObject {
  const { Properties: properties = {} } = declaration;
  return isObject(properties) ? properties : {};
}

async function attempt(
  work: Work,
  resource: Resource,
  phase: Phase,
  failed: string,
  run: (handler: Handler, place: Place) => Promise<void>,
): Promise<void> {
  const { world, stack, deployment } = work;
  await world.step();
  try {
    const wanted = world.failure(stack, resource.logicalId, phase);
    if (wanted !== undefined) throw new Error(wanted);
    if (phase === "create" || phase === "update") refuseProperties(resource);
    const handler = handlers[resource.type];
    if (handler === undefined) throw new Error(`there is no handler for ${resource.type}`);
    await run(handler, world.placeOf(stack, resource.logicalId, deployment.caller, deployment.roleArn));
  } catch (error) {
    const reason = reasonOf(error);
    tell(work, resource, failed, reason);
    throw new StepFailed(resource.logicalId, phase === "rollback" ? "update" : phase, reason);
  }
  await world.step();
}

function refuseProperties({ logicalId, type, properties }: Resource): void {
  const schema = resourceSchema(type);
  const mistakes = schema === null ? [] : propertyMistakes(schema, properties);
  if (mistakes.length > 0)
    throw new Error(`Properties validation failed for resource ${logicalId} with message:\n${mistakes.join("\n")}`);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { $metadata: metadata } = error as { $metadata?: { httpStatusCode?: number } };
  if (metadata === undefined) return error.message;
  const status = `Status Code: ${metadata.httpStatusCode ?? 0}, Request ID: ${randomUUID()}`;
  return `Resource handler returned message: "${error.message} (${status})" (RequestToken: ${randomUUID()}, HandlerErrorCode: GeneralServiceException)`;
}

function keep(resource: Resource, { physicalId, attributes }: Made): void {
  Object.assign(resource, { physicalId, attributes, drift: "NOT_CHECKED" });
}

function tell({ stack }: Work, resource: Resource, status: string, reason?: string): void {
  const at = new Date();
  Object.assign(resource, { status, reason, at });
  const { logicalId, physicalId, type } = resource;
  stack.events.push({
    id: `${logicalId}-${status}-${at.toISOString()}-${stack.events.length}`,
    logicalId,
    physicalId,
    type,
    at,
    status,
    reason,
    properties: JSON.stringify(resource.properties),
    token: stack.token,
  });
}
