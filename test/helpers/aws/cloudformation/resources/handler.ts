import type { Access } from "../../accounts.ts";
import type { JsonObject } from "../json.ts";

/** In whose place and where a resource is made. */
export interface Place {
  /** An administrator's key of the account: what the service does is not measured by the caller's policy here. */
  access: Access;
  account: string;
  region: string;
  stackName: string;
  logicalId: string;
  /** Refuses what the caller, or the stack's role, may not do. */
  need(action: string, resource: string): Promise<void>;
}

export interface Made {
  physicalId: string;
  /** What Fn::GetAtt gives. */
  attributes: JsonObject;
}

/** How resources of a type are really made. Each throws an error whose message becomes the reason of the event. */
export interface Handler {
  create(place: Place, properties: JsonObject): Promise<Made>;
  /** Changes in place; types without it are only ever replaced. */
  update?(place: Place, physicalId: string, properties: JsonObject): Promise<Made>;
  remove(place: Place, physicalId: string, properties: JsonObject): Promise<void>;
  /** The properties as they are live, of those that can be read; null: it is not there. */
  read(place: Place, physicalId: string, properties: JsonObject): Promise<JsonObject | null>;
}

/** A name for what the template does not name, as the service makes them. */
export function madeName({ stackName, logicalId }: Place, most = 63): string {
  const tail = Math.random().toString(36).slice(2, 14).padEnd(12, "0");
  return `${stackName}-${logicalId}`.slice(0, most - 13).concat("-", tail);
}

/** The properties of `from` that `wanted` names, where they have a value. */
export function pick(from: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}

/** Runs a call that says by an error that something is not there; null then. */
export async function unlessMissing<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Whether an SDK's error says that something is not there. */
export function isMissing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { $metadata: metadata } = error as { $metadata?: { httpStatusCode?: number } };
  return metadata?.httpStatusCode === 404 || /NotFound|NoSuch/.test(error.name);
}
