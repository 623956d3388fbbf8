import { invalid, ServiceError } from "./error.ts";
import type { Json, JsonObject } from "./json.ts";
import { type Operation, type ServiceModel, type Shape, shapeOf } from "./model.ts";

/** A request that keeps to the model. */
export interface Query {
  action: string;
  operation: Operation;
  input: JsonObject;
}

/**
 * Reads a request of the query protocol, strictly: an action, a parameter or a value that the published model does not have
 * is refused (the service itself overlooks unknown parameters), with the service's words where it has some.
 */
export function readQuery(model: ServiceModel, body: string): Query {
  const fields = new Map<string, string>();
  for (const [key, value] of new URLSearchParams(body)) {
    if (fields.has(key)) throw new ServiceError("MalformedQueryString", `The parameter ${key} is given twice.`);
    fields.set(key, value);
  }
  const action = take(fields, "Action");
  const version = take(fields, "Version");
  if (action === undefined) throw new ServiceError("MissingAction", "Missing Action");
  const operation = model.operations[action];
  if (operation === undefined || version !== "2010-05-15")
    throw new ServiceError("InvalidAction", `Could not find operation ${action} for version ${version}`);
  const tree = grow(fields);
  const input = operation.input === undefined ? {} : readStructure(model, operation.input.shape, tree, "");
  if (operation.input === undefined && tree.size > 0)
    throw new ServiceError("UnknownParameter", `${action} takes no parameters.`);
  return { action, operation, input };
}

function take(fields: Map<string, string>, name: string): string | undefined {
  const value = fields.get(name);
  fields.delete(name);
  return value;
}

type Tree = Map<string, Tree | string>;

/** `Tags.member.1.Key=a` as branches. */
function grow(fields: Map<string, string>): Tree {
  const root: Tree = new Map();
  for (const [key, value] of fields) {
    const path = key.split(".");
    const last = path.pop() ?? "";
    let at = root;
    for (const part of path) {
      const next = at.get(part) ?? new Map();
      if (typeof next === "string") throw new ServiceError("MalformedQueryString", `${key} is a value and a branch.`);
      at.set(part, next);
      at = next;
    }
    if (at.has(last)) throw new ServiceError("MalformedQueryString", `${key} is a value and a branch.`);
    at.set(last, value);
  }
  return root;
}

function readValue(model: ServiceModel, name: string, found: Tree | string, path: string): Json {
  const shape = shapeOf(model, name);
  if (shape.type === "structure") return readStructure(model, name, branch(found, path), path);
  if (shape.type === "list") return readList(model, shape, found, path);
  if (typeof found !== "string") throw new ServiceError("MalformedInput", `${path} is no structure.`);
  if (shape.type === "boolean") {
    if (found !== "true" && found !== "false") throw malformed(path, found, "boolean");
    return found === "true";
  }
  if (shape.type === "integer") {
    if (!/^-?\d+$/.test(found)) throw malformed(path, found, "integer");
    checkRange(shape, Number(found), path);
    return Number(found);
  }
  if (shape.type !== "string") throw new Error(`the request has a ${shape.type}, which no request of this service has`);
  checkText(shape, found, path);
  return found;
}

function readStructure(model: ServiceModel, name: string, tree: Tree, path: string): JsonObject {
  const { members = {}, required = [] } = shapeOf(model, name);
  const input: JsonObject = {};
  const at = (key: string) => (path === "" ? key : `${path}.${key}`);
  for (const [key, found] of tree) {
    const member = members[key];
    if (member === undefined) throw new ServiceError("UnknownParameter", `Unknown parameter: ${at(key)}`);
    input[key] = readValue(model, member.shape, found, at(key));
  }
  for (const key of required)
    if (!(key in input))
      throw invalid(
        `1 validation error detected: Value null at '${lower(at(key))}' failed to satisfy constraint: Member must not be null`,
      );
  return input;
}

function readList(model: ServiceModel, shape: Shape, found: Tree | string, path: string): Json[] {
  // An empty list is sent as an empty text.
  if (found === "") return [];
  const items = branch(branch(found, path).get("member") ?? "", path);
  const list: Json[] = [];
  for (let number = 1; number <= items.size; number += 1) {
    const item = items.get(String(number));
    if (item === undefined) throw new ServiceError("MalformedInput", `${path} has a gap at ${number}.`);
    list.push(readValue(model, shape.member?.shape ?? "", item, `${path}.${number}.member`));
  }
  checkRange(shape, list.length, path);
  return list;
}

function branch(found: Tree | string, path: string): Tree {
  if (typeof found === "string") throw new ServiceError("MalformedInput", `${path} is a structure or a list.`);
  return found;
}

function checkText(shape: Shape, value: string, path: string): void {
  const fail = (text: string) =>
    invalid(
      `1 validation error detected: Value '${value.slice(0, 200)}' at '${lower(path)}' failed to satisfy constraint: ${text}`,
    );
  if (shape.max !== undefined && value.length > shape.max)
    throw fail(`Member must have length less than or equal to ${shape.max}`);
  if (shape.min !== undefined && value.length < shape.min)
    throw fail(`Member must have length greater than or equal to ${shape.min}`);
  if (shape.enum !== undefined && !shape.enum.includes(value))
    throw fail(`Member must satisfy enum value set: [${shape.enum.join(", ")}]`);
  if (shape.pattern !== undefined && !new RegExp(`^(?:${shape.pattern})$`).test(value))
    throw fail(`Member must satisfy regular expression pattern: ${shape.pattern}`);
}

function checkRange(shape: Shape, value: number, path: string): void {
  const fail = (text: string) =>
    invalid(`1 validation error detected: Value '${value}' at '${lower(path)}' failed to satisfy constraint: ${text}`);
  if (shape.max !== undefined && value > shape.max)
    throw fail(`Member must have value less than or equal to ${shape.max}`);
  if (shape.min !== undefined && value < shape.min)
    throw fail(`Member must have value greater than or equal to ${shape.min}`);
}

function malformed(path: string, value: string, type: string): ServiceError {
  return new ServiceError("MalformedInput", `${path}: ${value} is no ${type}.`);
}

/** The service names members with a small first letter. */
function lower(path: string): string {
  return path.charAt(0).toLowerCase() + path.slice(1);
}
