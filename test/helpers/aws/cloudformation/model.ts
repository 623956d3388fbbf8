import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { packageFolder } from "../python.ts";

/** One shape of the published service model. */
export interface Shape {
  type: "structure" | "list" | "map" | "string" | "integer" | "boolean" | "timestamp";
  members?: Record<string, { shape: string }>;
  required?: string[];
  member?: { shape: string };
  key?: { shape: string };
  value?: { shape: string };
  min?: number;
  max?: number;
  pattern?: string;
  enum?: string[];
}

export interface Operation {
  input?: { shape: string };
  output?: { shape: string; resultWrapper: string };
}

/** CloudFormation as AWS publishes it for its SDKs: what may be asked, and what may be answered. */
export interface ServiceModel {
  operations: Record<string, Operation>;
  shapes: Record<string, Shape>;
}

let read: ServiceModel | null = null;

/** Reads the model that botocore ships, which comes with moto's Python. */
export function serviceModel(): ServiceModel {
  read ??= JSON.parse(
    gunzipSync(
      readFileSync(join(packageFolder("botocore"), "data/cloudformation/2010-05-15/service-2.json.gz")),
    ).toString("utf8"),
  ) as ServiceModel;
  return read;
}

/** A shape that the model must have. */
export function shapeOf(model: ServiceModel, name: string): Shape {
  const shape = model.shapes[name];
  if (shape === undefined) throw new Error(`the service model has no shape ${name}`);
  return shape;
}
