import { checkTemplate, declaredOutputs, declaredResources } from "./check-template.ts";
import { invalid } from "./error.ts";
import { evaluate, type Scope } from "./functions.ts";
import { isObject, type JsonObject, textOf } from "./json.ts";
import { scopeOf } from "./scope.ts";
import type { Deployment, Resource, Stack, StackOutput, Undo } from "./state.ts";
import {
  changedProperties,
  createResource,
  isRetained,
  rawProperties,
  removeResource,
  replaceResource,
  replacing,
  updateResource,
  type Wanted,
  type Work,
} from "./steps.ts";
import type { World } from "./world.ts";

/** A user asked to stop an update. */
export class Cancelled extends Error {}

/** What an update leaves to be taken away. */
export type Leftover = { resource: Resource; policy: "DeletionPolicy" | "UpdateReplacePolicy" };

/** Makes the stack what the deployment wants, except for what is to be taken away: that comes back. Throws StepFailed or Cancelled. */
export async function deploy(work: Work): Promise<Leftover[]> {
  const { world, stack, deployment } = work;
  const undo: Undo = { deployment: stack.deployment, outputs: stack.outputs, done: [], leftovers: [] };
  stack.undo = undo;
  const { processed } = deployment.template;
  const scope = stackScope(world, stack, deployment);
  const declared = declaredResources(processed);
  const leftovers: Leftover[] = [];
  const wanted = new Set<string>();
  for (const logicalId of checkTemplate(processed)) {
    const declaration = declared[logicalId] ?? {};
    if (!isWanted(declaration, scope)) continue;
    wanted.add(logicalId);
    if (stack.cancelled) throw new Cancelled();
    await settle(work, undo, wantedResource(logicalId, declaration, scope), leftovers);
  }
  if (stack.cancelled) throw new Cancelled();
  stack.outputs = workOutOutputs(world, stack, processed, scope);
  for (const resource of stack.resources.values())
    if (!wanted.has(resource.logicalId)) leftovers.push({ resource, policy: "DeletionPolicy" });
  stack.deployment = deployment;
  return leftovers;
}

/** Takes away what an update left, each by its policy. Gives whether all of it went. */
export async function cleanUp(work: Work, leftovers: readonly Leftover[], undoing = false): Promise<boolean> {
  let all = true;
  for (const { resource, policy } of leftovers.toReversed()) {
    all = (await removeResource(work, resource, isRetained(resource, policy, undoing))) && all;
    if (work.stack.resources.get(resource.logicalId) === resource) work.stack.resources.delete(resource.logicalId);
  }
  return all;
}

/** The scope in which functions see the stack's resources as they are. */
export function stackScope(world: World, stack: Stack, { template, parameters }: Deployment): Scope {
  return scopeOf(template.processed, {
    stackId: stack.id,
    stackName: stack.name,
    account: stack.account,
    region: stack.region,
    parameters,
    resource: (name) => stack.resources.get(name)?.physicalId,
    attribute: (name, attribute) => stack.resources.get(name)?.attributes[attribute],
    imported: (name) => exportsOf(world, stack).get(name)?.value,
  });
}

/** Whether the condition of a resource or output holds. */
export function isWanted(declaration: JsonObject, scope: Scope): boolean {
  const condition = textOf(declaration, "Condition");
  return condition === undefined || scope.condition(condition);
}

/** The exports of all stacks of an account and region, except for those of `but`. */
export function exportsOf(world: World, where: Pick<Stack, "account" | "region">, but?: Stack) {
  const found = new Map<string, { stack: Stack; value: string }>();
  for (const stack of world.stacks.values()) {
    if (stack === but || stack.account !== where.account || stack.region !== where.region) continue;
    if (stack.status === "DELETE_COMPLETE") continue;
    for (const { exported, value } of stack.outputs) if (exported !== undefined) found.set(exported, { stack, value });
  }
  return found;
}

/** The outputs as the resources are now. */
export function workOutOutputs(world: World, stack: Stack, template: JsonObject, scope: Scope): StackOutput[] {
  const outputs: StackOutput[] = [];
  const taken = exportsOf(world, stack, stack);
  for (const [key, output] of Object.entries(declaredOutputs(template))) {
    if (!isWanted(output, scope)) continue;
    const value = evaluate(output.Value ?? null, scope);
    if (typeof value === "object")
      throw invalid(`Template format error: The Value field of every Outputs member must evaluate to a String.`);
    const named = isObject(output.Export) ? evaluate(output.Export.Name ?? null, scope) : undefined;
    const exported = named === undefined ? undefined : String(named);
    const other = exported === undefined ? undefined : taken.get(exported);
    if (other !== undefined)
      throw invalid(
        `Export with name ${exported} is already exported by stack ${other.stack.name}. Rollback requested by user.`,
      );
    outputs.push({ key, value: String(value), description: textOf(output, "Description"), exported });
  }
  return outputs;
}

function wantedResource(logicalId: string, declaration: JsonObject, scope: Scope): Wanted {
  const properties = evaluate(rawProperties(declaration), scope);
  return {
    logicalId,
    type: String(declaration.Type),
    properties: isObject(properties) ? properties : {},
    declaration,
  };
}

async function settle(work: Work, undo: Undo, wanted: Wanted, leftovers: Leftover[]): Promise<void> {
  const { logicalId, type, properties, declaration } = wanted;
  const resource = work.stack.resources.get(logicalId);
  if (resource === undefined) {
    undo.done.push({ kind: "created", logicalId, before: undefined });
    return await createResource(work, wanted);
  }
  const before = { ...resource };
  const changed = changedProperties(resource.properties, properties);
  if (changed.length === 0) {
    if (resource.declaration !== declaration) undo.done.push({ kind: "updated", logicalId, before });
    resource.declaration = declaration;
  } else if (replacing(type, changed).length > 0) {
    undo.done.push({ kind: "replaced", logicalId, before });
    await replaceResource(work, resource, wanted);
    // The new template's policy decides what becomes of the old one.
    leftovers.push({ resource: { ...before, declaration }, policy: "UpdateReplacePolicy" });
  } else {
    undo.done.push({ kind: "updated", logicalId, before });
    await updateResource(work, resource, wanted);
  }
}
