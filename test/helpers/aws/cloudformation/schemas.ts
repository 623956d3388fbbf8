import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "../python.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";

/** What is published about a type of resources. */
export interface ResourceSchema {
  schema: JsonObject;
  /** Properties that cannot be changed in place. */
  createOnly: ReadonlySet<string>;
  /** What Fn::GetAtt may name. */
  readOnly: ReadonlySet<string>;
}

const kept = new Map<string, ResourceSchema | null>();
let index: { folder: string; files: Map<string, string> } | null = null;

/** The published schema of a type of resources, as cfn-lint ships it; null for a type that does not exist. */
export function resourceSchema(type: string): ResourceSchema | null {
  const known = kept.get(type);
  if (known !== undefined) return known;
  index ??= readIndex();
  const file = index.files.get(type);
  const made = file === undefined ? null : readSchema(join(index.folder, "resources", `${file}.json`));
  kept.set(type, made);
  return made;
}

function readIndex() {
  const folder = join(packageFolder("cfnlint"), "data/schemas");
  const text = readFileSync(join(folder, "providers/us_east_1.py"), "utf8");
  return {
    folder,
    files: new Map([...text.matchAll(/"([\w:]+)": "([0-9a-f]+)"/g)].map(([, type = "", file = ""]) => [type, file])),
  };
}

function readSchema(path: string): ResourceSchema {
  const schema = JSON.parse(readFileSync(path, "utf8")) as JsonObject;
  const names = (key: string) => {
    const list = schema[key];
    const paths = Array.isArray(list) ? list.filter((item) => typeof item === "string") : [];
    return new Set(paths.map((item) => item.replace("/properties/", "").replaceAll("/", ".")));
  };
  return { schema, createOnly: names("createOnlyProperties"), readOnly: names("readOnlyProperties") };
}

/**
 * What is wrong with properties, each as the service words it: keys that the schema does not have, keys that are missing,
 * values that do not fit. Texts that are only known later (`unknown`) fit everywhere.
 */
export function propertyMistakes(
  { schema, readOnly }: ResourceSchema,
  properties: JsonObject,
  unknown: (text: string) => boolean = () => false,
): string[] {
  const mistakes = Object.keys(properties)
    .filter((key) => readOnly.has(key))
    .map((key) => `#: encountered a read-only property [${key}]`);
  check(schema, properties, "#");
  return mistakes;

  function check(rule: JsonObject, value: Json, path: string): void {
    if (typeof value === "string" && unknown(value)) return;
    const target = typeof rule.$ref === "string" ? resolve(rule.$ref) : rule;
    const wrongType = typeMistake(target.type, value);
    if (wrongType !== null) mistakes.push(`${path}: ${wrongType}`);
    else if (Array.isArray(value)) checkList(target, value, path);
    else if (isObject(value)) checkObject(target, value, path);
    else if (value !== null) checkScalar(target, value, path);
  }

  function checkObject(rule: JsonObject, value: JsonObject, path: string): void {
    const known = isObject(rule.properties) ? rule.properties : {};
    const patterns = isObject(rule.patternProperties) ? rule.patternProperties : {};
    for (const key of Array.isArray(rule.required) ? rule.required : [])
      if (typeof key === "string" && !(key in value)) mistakes.push(`${path}: required key [${key}] not found`);
    for (const [key, item] of Object.entries(value)) {
      const matching = Object.entries(patterns).find(([pattern]) => expression(pattern).test(key))?.[1];
      const next = known[key] ?? matching;
      if (isObject(next)) check(next, item, `${path}/${key}`);
      else if (rule.additionalProperties === false) mistakes.push(`${path}: extraneous key [${key}] is not permitted`);
    }
  }

  function checkList(rule: JsonObject, value: Json[], path: string): void {
    if (value.length < Number(rule.minItems ?? 0))
      mistakes.push(`${path}: expected minimum item count: ${rule.minItems}, found: ${value.length}`);
    if (value.length > Number(rule.maxItems ?? Infinity))
      mistakes.push(`${path}: expected maximum item count: ${rule.maxItems}, found: ${value.length}`);
    if (isObject(rule.items)) for (const [at, item] of value.entries()) check(rule.items, item, `${path}/${at}`);
  }

  function checkScalar(rule: JsonObject, value: string | number | boolean, path: string): void {
    const text = String(value);
    if (Array.isArray(rule.enum) && !rule.enum.map(String).includes(text))
      mistakes.push(`${path}: ${text} is not a valid enum value`);
    if (typeof value !== "string") return;
    if (text.length < Number(rule.minLength ?? 0))
      mistakes.push(`${path}: expected minLength: ${rule.minLength}, actual: ${text.length}`);
    if (text.length > Number(rule.maxLength ?? Infinity))
      mistakes.push(`${path}: expected maxLength: ${rule.maxLength}, actual: ${text.length}`);
    if (typeof rule.pattern === "string" && !expression(rule.pattern).test(text))
      mistakes.push(`${path}: failed validation constraint for keyword [pattern]`);
  }

  function resolve(reference: string): JsonObject {
    let at: Json = schema;
    for (const part of reference.replace("#/", "").split("/")) at = isObject(at) ? (at[part] ?? null) : null;
    if (!isObject(at)) throw new Error(`the schema has no ${reference}`);
    return at;
  }
}

/** The service takes "3" for a number and 3 for a text. */
function typeMistake(type: Json | undefined, value: Json): string | null {
  const types = Array.isArray(type) ? type : type === undefined ? [] : [type];
  const found = Array.isArray(value) ? "JSONArray" : isObject(value) ? "JSONObject" : typeof value;
  const fits = types.some((one) => {
    if (one === "object") return isObject(value);
    if (one === "array") return Array.isArray(value);
    if (isObject(value) || Array.isArray(value) || value === null) return false;
    if (one === "boolean") return value === true || value === false || value === "true" || value === "false";
    if (one === "integer" || one === "number") return /^-?\d+(\.\d+)?$/.test(String(value));
    return one === "string";
  });
  return types.length === 0 || fits ? null : `expected type: ${types.join(" or ")}, found: ${found}`;
}

function expression(pattern: string): RegExp {
  return new RegExp(pattern, pattern.includes("\\p{") ? "u" : "");
}
