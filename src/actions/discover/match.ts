import type { Asked } from "../../model/asked.ts";
import type { Declared, FoundStack, ThingKind } from "../../model/discovered.ts";
import type { AccountSights } from "./look-around.ts";
import { nameOf } from "./resource-name.ts";

/** What was found, each with the component that it belongs to, and what is declared and not there. */
export interface Matched {
  sights: AccountSights;
  missing: Declared[];
}

/**
 * Matches what an account has with what the manifest declares: by name, and through the stacks that components own, whose
 * resources are theirs. What could not be read is neither found nor missing.
 *
 * @param artifacts the bucket that the environment keeps its artifacts in, if it names one
 */
export function matchDeclared(
  sights: AccountSights,
  declared: readonly Declared[],
  artifacts: string | undefined,
): Matched {
  const owner = (kind: ThingKind, name: string) =>
    declared.find((one) => one.kind === kind && one.name === name)?.component ?? null;
  const stacks = mapRead(sights.stacks, (stack) => ({ ...stack, component: owner("stack", stack.name) }));
  const byResource = ownersOfResources(stacks);
  const through = (type: string, name: string) => byResource.get(`${type} ${name}`) ?? null;
  const matched: AccountSights = {
    stacks,
    layers: mapRead(sights.layers, (layer) => ({
      ...layer,
      component: owner("layer", layer.name) ?? through("AWS::Lambda::LayerVersion", layer.name),
    })),
    buckets: mapRead(sights.buckets, (bucket) => ({
      ...bucket,
      component: through("AWS::S3::Bucket", bucket.name),
      artifacts: bucket.name === artifacts,
    })),
    functions: mapRead(sights.functions, (one) => ({
      ...one,
      component: through("AWS::Lambda::Function", one.name),
    })),
  };
  return { sights: matched, missing: declared.filter((one) => isMissing(one, matched)) };
}

/** By resource type and name, the component whose stack it is in. */
function ownersOfResources(stacks: Asked<FoundStack[]>): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const { component, resources } of stacks.state === "read" ? stacks.value : []) {
    if (component === null || resources.state === "unknown") continue;
    for (const { type, physicalId } of resources.value) owners.set(`${type} ${nameOf(type, physicalId)}`, component);
  }
  return owners;
}

function isMissing({ kind, name }: Declared, { stacks, layers, buckets }: AccountSights): boolean {
  const found: Asked<{ name: string }[]> = { stack: stacks, layer: layers, bucket: buckets }[kind];
  return found.state === "read" && !found.value.some((one) => one.name === name);
}

function mapRead<T, R>(asked: Asked<readonly T[]>, work: (item: T) => R): Asked<R[]> {
  return asked.state === "unknown" ? asked : { state: "read", value: asked.value.map(work) };
}
