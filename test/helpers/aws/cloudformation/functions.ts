import { invalid } from "./error.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";

/** Where the functions of a template find what they name. */
export interface Scope {
  /** A parameter, a pseudo parameter or a resource. */
  ref(name: string): Json;
  attribute(resource: string, name: string): Json;
  condition(name: string): boolean;
  mapping(map: string, first: string, second: string): Json;
  /** The value of an export. */
  imported(name: string): Json;
}

/** Stands for `AWS::NoValue` until what it was given to is left out. */
export const NO_VALUE = "\u0000AWS::NoValue";

/** Works out the functions in a value; throws as the service does where they are misused. */
export function evaluate(value: Json, scope: Scope): Json {
  if (Array.isArray(value)) return value.map((item) => evaluate(item, scope)).filter((item) => item !== NO_VALUE);
  if (!isObject(value)) return value;
  const call = callOf(value);
  if (call !== null) return run(call.name, call.argument, scope);
  const result: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    const worked = evaluate(item, scope);
    if (worked !== NO_VALUE) result[key] = worked;
  }
  return result;
}

const known = ["GetAtt", "Sub", "Join", "Split", "Select", "If", "FindInMap", "ImportValue", "Base64"]
  .map((name) => `Fn::${name}`)
  .concat("Ref", "Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not");

/** The function that an object calls, or null for an ordinary one. */
export function callOf(value: JsonObject): { name: string; argument: Json } | null {
  const keys = Object.keys(value);
  const name = keys.find((key) => key === "Ref" || key.startsWith("Fn::"));
  if (name === undefined) return null;
  if (!known.includes(name)) throw invalid(`Template error: ${name} is no function that this server knows`);
  if (keys.length > 1) throw invalid(`Template format error: ${name} must be the only key of its object.`);
  return { name, argument: value[name] ?? null };
}

/** The `${...}` of a text of Fn::Sub; `${!Literal}` is none. */
export function placeholders(text: string): string[] {
  return [...text.matchAll(/\$\{([^!}][^}]*)\}/g)].map(([, name = ""]) => name.trim());
}

function run(name: string, argument: Json, scope: Scope): Json {
  const list = (): Json[] => {
    const items = evaluate(argument, scope);
    if (!Array.isArray(items)) throw misuse(name);
    return items;
  };
  switch (name) {
    case "Ref":
      return typeof argument === "string" ? scope.ref(argument) : misused(name);
    case "Fn::GetAtt": {
      const [resource, attribute] = pathOf(argument);
      return scope.attribute(resource, attribute);
    }
    case "Fn::Sub":
      return substitute(argument, scope);
    case "Fn::Join": {
      const [delimiter, parts] = list();
      if (typeof delimiter !== "string" || !Array.isArray(parts)) throw misuse(name);
      return parts.map((part) => text(part, name)).join(delimiter);
    }
    case "Fn::Split": {
      const [delimiter, source] = list();
      return text(source, name).split(text(delimiter, name));
    }
    case "Fn::Select": {
      const [index, from] = list();
      const item = Array.isArray(from) ? from[Number(index)] : undefined;
      return item ?? misused(name);
    }
    case "Fn::If": {
      if (!Array.isArray(argument) || argument.length !== 3) throw misuse(name);
      const [condition = null, yes = null, no = null] = argument;
      return evaluate(scope.condition(text(condition, name)) ? yes : no, scope);
    }
    case "Fn::FindInMap": {
      const [map, first, second] = list();
      return scope.mapping(text(map, name), text(first, name), text(second, name));
    }
    case "Fn::ImportValue":
      return scope.imported(text(evaluate(argument, scope), name));
    case "Fn::Base64":
      return Buffer.from(text(evaluate(argument, scope), name)).toString("base64");
    default:
      throw invalid(`Template error: ${name} cannot be used here`);
  }
}

function substitute(argument: Json, scope: Scope): string {
  const [pattern, given] = Array.isArray(argument) ? argument : [argument, {}];
  if (typeof pattern !== "string" || !isObject(given)) throw misuse("Fn::Sub");
  const named = pattern.replace(/\$\{([^!}][^}]*)\}/g, (_all, inner: string) => {
    const name = inner.trim();
    const local = given[name];
    if (local !== undefined) return text(evaluate(local, scope), "Fn::Sub");
    const [resource, ...attribute] = name.split(".");
    const value = attribute.length === 0 ? scope.ref(name) : scope.attribute(resource ?? "", attribute.join("."));
    return text(value, "Fn::Sub");
  });
  return named.replaceAll("${!", "${");
}

/** `["A", "B.C"]` or `"A.B.C"` as resource and attribute. */
export function pathOf(argument: Json): [string, string] {
  const parts = typeof argument === "string" ? argument.split(".") : Array.isArray(argument) ? argument : [];
  const [resource, ...attribute] = parts;
  if (typeof resource !== "string" || attribute.length === 0 || attribute.some((part) => typeof part !== "string"))
    throw invalid(
      "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute",
    );
  return [resource, attribute.join(".")];
}

function text(value: Json | undefined, name: string): string {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  throw misuse(name);
}

function misuse(name: string): Error {
  return invalid(`Template error: ${name} is not used as its documentation says`);
}

function misused(name: string): never {
  throw misuse(name);
}
