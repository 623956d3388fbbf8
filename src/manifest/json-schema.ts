import { z } from "zod";
import type { Provider } from "../providers/provider.ts";
import { manifestSchema } from "./schema.ts";

/** A JSON Schema, as far as ours use it. */
export interface JsonSchema {
  $id?: string;
  title?: string;
  description?: string;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  patternProperties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  propertyNames?: JsonSchema;
  required?: string[];
  oneOf?: JsonSchema[];
  anyOf?: JsonSchema[];
}

/** A single `${…}`, which may stand where a number or a truth value is due. */
const expression = (): JsonSchema => ({ type: "string", pattern: "^\\$\\{[^}]+\\}$" });

/** The manifest's JSON Schema, for editors: what is written, before any `${…}` is resolved. */
export function manifestJsonSchema(providers: readonly Provider[]): JsonSchema {
  const schema = z.toJSONSchema(manifestSchema(providers), {
    io: "input",
    override: ({ jsonSchema }) => refine(jsonSchema as JsonSchema),
  }) as JsonSchema;
  return { ...schema, title: "landfall.yaml" };
}

/** Says what zod's own form cannot: `x-` keys are free, and an expression may stand for a number. */
function refine(schema: JsonSchema): void {
  if (schema.additionalProperties === false) schema.patternProperties = { "^x-": {} };
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (!["number", "integer", "boolean"].includes(schema.type ?? "")) return;
  const { type, minimum, maximum } = schema;
  delete schema.type;
  delete schema.minimum;
  delete schema.maximum;
  schema.anyOf = [
    {
      ...(type === undefined ? {} : { type }),
      ...(minimum === undefined ? {} : { minimum }),
      ...(maximum === undefined ? {} : { maximum }),
    },
    expression(),
  ];
}
