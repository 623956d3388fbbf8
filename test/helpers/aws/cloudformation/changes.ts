import { checkTemplate, declaredResources } from "./check-template.ts";
import { exportsOf, isWanted, workOutOutputs } from "./deploy.ts";
import { invalid } from "./error.ts";
import { evaluate, type Scope } from "./functions.ts";
import { canonical, isObject, type Json, type JsonObject, textOf } from "./json.ts";
import { propertyMistakes, resourceSchema } from "./schemas.ts";
import { scopeOf } from "./scope.ts";
import type { Change, Deployment, Mistake, Resource, Stack } from "./state.ts";
import { changedProperties, rawProperties, replacing } from "./steps.ts";
import type { World } from "./world.ts";

/** Stands in a text for what is only known when it is made. */
const UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}";

export interface Planned {
  changes: Change[];
  /** Whether outputs, tags or the role differ although no resource does. */
  elseChanged: boolean;
  /** What the schemas of the resources' types have against the properties. */
  mistakes: Mistake[];
}

/** What a deployment would change in a stack. Throws as the service does where the template does not fit the stack. */
export function planChanges(world: World, stack: Stack, deployment: Deployment): Planned {
  const { processed } = deployment.template;
  const declared = declaredResources(processed);
  // What a reference gives: the id there is, or UNKNOWN for what is made anew.
  const fresh = new Set<string>();
  const scope = plannedScope(world, stack, deployment, (name) =>
    fresh.has(name) ? undefined : stack.resources.get(name),
  );
  const planned: Planned = { changes: [], elseChanged: false, mistakes: [] };
  const wanted = new Set<string>();
  for (const logicalId of checkTemplate(processed)) {
    const declaration = declared[logicalId] ?? {};
    if (!isWanted(declaration, scope)) continue;
    wanted.add(logicalId);
    const properties = asObject(evaluate(rawProperties(declaration), scope));
    const resource = stack.resources.get(logicalId);
    const type = String(declaration.Type);
    refuseOtherType(resource, type);
    planned.mistakes.push(...mistakesOf(logicalId, type, properties));
    const change = resource === undefined ? addition(logicalId, type) : modification(resource, properties, declaration);
    if (resource === undefined || change?.replacement === "True") fresh.add(logicalId);
    if (change !== null) planned.changes.push(change);
  }
  for (const resource of stack.resources.values())
    if (!wanted.has(resource.logicalId)) planned.changes.push(removal(resource));
  const outputs = workOutOutputs(world, stack, processed, scope);
  planned.elseChanged =
    canonical(asJson(outputs)) !== canonical(asJson(stack.outputs)) ||
    canonical(Object.fromEntries(deployment.tags)) !== canonical(Object.fromEntries(stack.deployment?.tags ?? []));
  return planned;
}

/** Whether there is anything in it. */
export function isEmpty({ changes, elseChanged }: Planned): boolean {
  return changes.length === 0 && !elseChanged;
}

function plannedScope(
  world: World,
  stack: Stack,
  { template, parameters }: Deployment,
  there: (name: string) => Resource | undefined,
): Scope {
  const declared = declaredResources(template.processed);
  return scopeOf(template.processed, {
    stackId: stack.id,
    stackName: stack.name,
    account: stack.account,
    region: stack.region,
    parameters,
    resource: (name) => there(name)?.physicalId ?? (name in declared ? UNKNOWN : undefined),
    attribute: (name, attribute) => there(name)?.attributes[attribute] ?? (name in declared ? UNKNOWN : undefined),
    imported: (name) => exportsOf(world, stack).get(name)?.value,
  });
}

function refuseOtherType(resource: Resource | undefined, type: string): void {
  if (resource !== undefined && resource.type !== type)
    throw invalid(
      `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${resource.logicalId}]`,
    );
}

function mistakesOf(logicalId: string, type: string, properties: JsonObject): Mistake[] {
  const schema = resourceSchema(type);
  if (schema === null) return [];
  return propertyMistakes(schema, properties, (text) => text.includes(UNKNOWN)).map((text) => {
    const colon = text.indexOf(": ");
    return { logicalId, type, path: text.slice(1, colon), reason: text.slice(colon + 2) };
  });
}

function addition(logicalId: string, type: string): Change {
  return { action: "Add", logicalId, type, physicalId: undefined, replacement: undefined, scope: [], details: [] };
}

function removal({ logicalId, type, physicalId }: Resource): Change {
  return { action: "Remove", logicalId, type, physicalId, replacement: undefined, scope: [], details: [] };
}

function modification(resource: Resource, properties: JsonObject, declaration: JsonObject): Change | null {
  const { logicalId, type, physicalId } = resource;
  const changed = changedProperties(resource.properties, properties);
  const attributes = ["Metadata", "DeletionPolicy", "UpdateReplacePolicy"].filter(
    (name) => canonical(resource.declaration[name]) !== canonical(declaration[name]),
  );
  if (changed.length === 0 && attributes.length === 0) return null;
  const anew = new Set(replacing(type, changed));
  const isDynamic = (name: string) => canonical(properties[name]).includes(UNKNOWN);
  const details = [
    ...changed.map((name) => ({
      attribute: "Properties",
      name,
      evaluation: isDynamic(name) ? ("Dynamic" as const) : ("Static" as const),
      recreation: anew.has(name) ? (isDynamic(name) ? "Conditionally" : "Always") : "Never",
      cause: causeOf(rawProperties(declaration)[name]),
    })),
    ...attributes.map((name) => ({ attribute: name, evaluation: "Static" as const, recreation: "Never" })),
  ].map(({ ...detail }) => dropUndefined(detail));
  const certain = [...anew].some((name) => !isDynamic(name));
  const replacement = certain ? "True" : anew.size > 0 ? "Conditional" : "False";
  const scope = [...(changed.length > 0 ? ["Properties"] : []), ...attributes];
  return { action: "Modify", logicalId, physicalId, type, replacement, scope, details };
}

/** The resource or parameter that a property's value comes from, where it is nothing else. */
function causeOf(value: Json | undefined): string | undefined {
  if (!isObject(value)) return undefined;
  const reference = textOf(value, "Ref");
  const { "Fn::GetAtt": attribute } = value;
  return reference ?? (Array.isArray(attribute) ? attribute.join(".") : undefined);
}

function dropUndefined(
  detail: { cause?: string | undefined } & Omit<Change["details"][number], "cause">,
): Change["details"][number] {
  const { cause, ...rest } = detail;
  return cause === undefined ? rest : { ...rest, cause };
}

function asObject(value: Json): JsonObject {
  return isObject(value) ? value : {};
}

function asJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
