import { invalid } from "./error.ts";
import { callOf, pathOf, placeholders } from "./functions.ts";
import { isObject, type Json, type JsonObject, textOf } from "./json.ts";
import { declaredParameters } from "./parameters.ts";
import { handlers } from "./resources/handlers.ts";
import { resourceSchema } from "./schemas.ts";

const resourceKeys = [
  "Type",
  "Properties",
  "DependsOn",
  "Condition",
  "DeletionPolicy",
  "UpdateReplacePolicy",
  "Metadata",
  "CreationPolicy",
  "UpdatePolicy",
];
const pseudo = ["AccountId", "Region", "StackId", "StackName", "Partition", "URLSuffix", "NoValue", "NotificationARNs"];

/** Refuses a template that names what is not there, with the service's words. Gives its resources, those that others need first. */
export function checkTemplate(template: JsonObject): string[] {
  const resources = declaredResources(template);
  const parameters = declaredParameters(template);
  const conditions = isObject(template.Conditions) ? template.Conditions : {};
  const known = (name: string) => name in parameters || pseudo.some((one) => name === `AWS::${one}`);
  checkTypes(resources);
  const badConditions = [...references(conditions)].filter(({ name }) => !known(name)).map(({ name }) => name);
  if (badConditions.length > 0)
    throw invalid(
      `Template format error: Unresolved dependencies [${badConditions.join(", ")}]. Cannot reference resources in the Conditions block of the template`,
    );
  for (const [name, resource] of Object.entries(resources)) checkCondition(resource, conditions, `resource ${name}`);
  checkReferences(
    Object.values(resources).map((resource) => resource.Properties ?? {}),
    "Resources",
  );
  const outputs = declaredOutputs(template);
  for (const [name, output] of Object.entries(outputs)) checkCondition(output, conditions, `output ${name}`);
  checkReferences(Object.values(outputs), "Outputs");
  return sortByNeed(resources);

  function checkReferences(values: Json[], block: string): void {
    const all = values.flatMap((value) => [...references(value)]);
    const unresolved = new Set(
      all.filter(({ name, kind }) => kind !== "GetAtt" && !known(name) && !(name in resources)).map(({ name }) => name),
    );
    if (unresolved.size > 0)
      throw invalid(
        `Template format error: Unresolved resource dependencies [${[...unresolved].join(", ")}] in the ${block} block of the template`,
      );
    for (const { name, attribute } of all) if (attribute !== undefined) checkAttribute(resources, name, attribute);
  }
}

/** The declared resources by their logical ids. */
export function declaredResources(template: JsonObject): Record<string, JsonObject> {
  const section = template.Resources;
  if (!isObject(section) || Object.keys(section).length === 0)
    throw invalid("Template format error: At least one Resources member must be defined.");
  if (Object.keys(section).length > 500)
    throw invalid("Template format error: Number of resources, more than 500, is greater than maximum allowed, 500");
  const declared: Record<string, JsonObject> = {};
  for (const [name, resource] of Object.entries(section)) {
    if (!/^[a-zA-Z0-9]{1,255}$/.test(name))
      throw invalid(`Template format error: Resource name ${name} is non alphanumeric.`);
    if (!isObject(resource)) throw invalid("Template format error: Any Resources member must be an object.");
    if (typeof resource.Type !== "string")
      throw invalid(`Template format error: [/Resources/${name}] Every Resources object must contain a Type member.`);
    const bad = Object.keys(resource).find((key) => !resourceKeys.includes(key));
    if (bad !== undefined) throw invalid(`Invalid template resource property '${bad}'`);
    checkPolicy(resource, "DeletionPolicy", ["Delete", "Retain", "RetainExceptOnCreate"]);
    checkPolicy(resource, "UpdateReplacePolicy", ["Delete", "Retain"]);
    declared[name] = resource;
  }
  return declared;
}

/** The declared outputs by name. */
export function declaredOutputs(template: JsonObject): Record<string, JsonObject> {
  const section = template.Outputs ?? {};
  if (!isObject(section)) throw invalid("Template format error: Outputs must be an object.");
  if (Object.keys(section).length > 200)
    throw invalid("Template format error: Number of outputs is greater than maximum allowed, 200");
  const declared: Record<string, JsonObject> = {};
  const exports = new Set<string>();
  for (const [name, output] of Object.entries(section)) {
    if (!/^[a-zA-Z0-9]{1,255}$/.test(name))
      throw invalid(`Template format error: Output name ${name} is non alphanumeric.`);
    if (!isObject(output) || output.Value === undefined)
      throw invalid(`Template format error: Every Outputs member must contain a Value object`);
    const bad = Object.keys(output).find((key) => !["Value", "Description", "Export", "Condition"].includes(key));
    if (bad !== undefined) throw invalid(`Invalid template output property '${bad}'`);
    const exported = isObject(output.Export) ? JSON.stringify(output.Export.Name) : undefined;
    if (exported !== undefined && exports.has(exported))
      throw invalid(`Template format error: Export names must be unique within a template: ${exported}`);
    if (exported !== undefined) exports.add(exported);
    declared[name] = output;
  }
  return declared;
}

/** Capabilities that a template needs and a request lacks. */
export function missingCapabilities(template: JsonObject, given: readonly string[]): string[] {
  const iam = Object.values(declaredResources(template)).filter(({ Type: type }) =>
    String(type).startsWith("AWS::IAM::"),
  );
  if (iam.length === 0 || given.includes("CAPABILITY_NAMED_IAM")) return [];
  const named = iam.some(({ Properties: properties }) => isObject(properties) && properties.RoleName !== undefined);
  if (named) return ["CAPABILITY_NAMED_IAM"];
  return given.includes("CAPABILITY_IAM") ? [] : ["CAPABILITY_IAM"];
}

/** The resources that one needs, by reference or by DependsOn. */
export function needs(resource: JsonObject, resources: Record<string, JsonObject>): string[] {
  const { DependsOn: depends = [] } = resource;
  const declared = Array.isArray(depends) ? depends.map(String) : [String(depends)];
  const named = [...references(resource.Properties ?? {})].map(({ name }) => name);
  return [...new Set([...declared, ...named.filter((name) => name in resources)])];
}

function* references(value: Json): Generator<{ kind: string; name: string; attribute?: string }> {
  if (Array.isArray(value)) for (const item of value) yield* references(item);
  if (!isObject(value)) return;
  const call = callOf(value);
  if (call?.name === "Ref") yield { kind: "Ref", name: String(call.argument) };
  if (call?.name === "Fn::GetAtt") {
    const [name, attribute] = pathOf(call.argument);
    yield { kind: "GetAtt", name, attribute };
    return;
  }
  if (call?.name === "Fn::Sub") yield* substituted(call.argument);
  for (const item of Object.values(value)) yield* references(item);
}

function* substituted(argument: Json): Generator<{ kind: string; name: string; attribute?: string }> {
  const [pattern, given] = Array.isArray(argument) ? argument : [argument, {}];
  for (const inner of placeholders(String(pattern))) {
    if (isObject(given) && inner in given) continue;
    const [name = "", ...attribute] = inner.split(".");
    yield { kind: "Sub", name, ...(attribute.length > 0 ? { attribute: attribute.join(".") } : {}) };
  }
}

function checkTypes(resources: Record<string, JsonObject>): void {
  const types = [...new Set(Object.values(resources).map(({ Type: type }) => String(type)))];
  const unknown = types.filter((type) => resourceSchema(type) === null);
  if (unknown.length > 0) throw invalid(`Template format error: Unrecognized resource types: [${unknown.join(", ")}]`);
  const notHere = types.filter((type) => !(type in handlers));
  if (notHere.length > 0) throw invalid(`The test server makes no resources of these types: [${notHere.join(", ")}]`);
}

function checkAttribute(resources: Record<string, JsonObject>, name: string, attribute: string): void {
  const type = textOf(resources[name] ?? {}, "Type");
  if (type === undefined) throw invalid(`Template error: instance of Fn::GetAtt references undefined resource ${name}`);
  if (!resourceSchema(type)?.readOnly.has(attribute))
    throw invalid(`Template error: resource ${name} does not support attribute type ${attribute} in Fn::GetAtt`);
}

function checkCondition(item: JsonObject, conditions: JsonObject, where: string): void {
  const { Condition: condition } = item;
  if (condition !== undefined && !(String(condition) in conditions))
    throw invalid(`Template format error: Unresolved condition ${String(condition)} of ${where}`);
}

function checkPolicy(resource: JsonObject, key: string, allowed: string[]): void {
  const policy = resource[key];
  if (policy !== undefined && !allowed.includes(String(policy)))
    throw invalid(`Template format error: Unrecognized ${key} ${String(policy)}`);
}

function sortByNeed(resources: Record<string, JsonObject>): string[] {
  const sorted: string[] = [];
  const open = new Set<string>();
  const visit = (name: string): void => {
    if (sorted.includes(name)) return;
    const resource = resources[name];
    if (resource === undefined)
      throw invalid(
        `Template format error: Unresolved resource dependencies [${name}] in the Resources block of the template`,
      );
    if (open.has(name)) throw invalid(`Circular dependency between resources: [${[...open].join(", ")}]`);
    open.add(name);
    for (const other of needs(resource, resources)) visit(other);
    open.delete(name);
    sorted.push(name);
  };
  for (const name of Object.keys(resources)) visit(name);
  return sorted;
}
