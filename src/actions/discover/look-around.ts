import { listBuckets, listLayers, listStacks } from "../../io/aws/account-lists.ts";
import { ask } from "../../io/aws/ask.ts";
import { listResources } from "../../io/aws/cloudformation.ts";
import { type FunctionVersion, listFunctionVersions } from "../../io/aws/functions.ts";
import { getLayerVersion, type ListedLayerVersion, listLayerVersions } from "../../io/aws/lambda.ts";
import type { AwsSession } from "../../io/aws/session.ts";
import type { Asked } from "../../model/asked.ts";
import type { DiscoverAnswer, FoundLayer, FoundLayerVersion, FoundStack } from "../../model/discovered.ts";
import { parallel } from "../../util/parallel.ts";
import { userFinder } from "../layer-users.ts";
import { nameOf } from "./resource-name.ts";

/** What the account has, before it is matched with what the manifest declares. */
export type AccountSights = Pick<DiscoverAnswer, "stacks" | "layers" | "buckets" | "functions">;

/** Few enough for the services' limits on calls that list. */
const callsAtOnce = 4;

/** Reads the stacks, layers, buckets and functions of the session's account and region. Reads only. */
export async function lookAround(session: AwsSession, signal: AbortSignal): Promise<AccountSights> {
  const [stacks, names, buckets, versions] = await Promise.all([
    readStacks(session, signal),
    ask("lambda:ListLayers", async () => await listLayers(session, signal)),
    ask("s3:ListAllMyBuckets", async () => await listBuckets(session, signal)),
    ask("lambda:ListFunctions", async () => await listFunctionVersions(session, signal)),
  ]);
  const stackOf = stacksOfLayers(stacks);
  const usersOf = userFinder(session, versions, signal);
  const layers = await each(names, async (name) => await readLayer(name, session, usersOf, stackOf, signal));
  // What was cut off was not refused: it says nothing of the account.
  signal.throwIfAborted();
  return {
    stacks,
    layers,
    buckets: await each(buckets, (bucket) => ({ ...bucket, component: null, artifacts: false })),
    functions: await each(latest(versions), ({ name, runtime, layers: has }) => ({
      name,
      runtime,
      layers: has,
      component: null,
    })),
  };
}

async function readStacks(session: AwsSession, signal: AbortSignal): Promise<Asked<FoundStack[]>> {
  const listed = await ask("cloudformation:DescribeStacks", async () => await listStacks(session, signal));
  return await each(listed, async (stack) => ({
    ...stack,
    component: null,
    resources: await ask(
      "cloudformation:ListStackResources",
      async () => await listResources(session, stack.name, signal),
    ),
  }));
}

/** By layer's name, the stack that has a version of it among its resources. */
function stacksOfLayers(stacks: Asked<FoundStack[]>): ReadonlyMap<string, string> {
  const found = stacks.state === "read" ? stacks.value : [];
  return new Map(
    found.flatMap(({ name, resources }) =>
      resources.state === "unknown"
        ? []
        : resources.value.flatMap(({ type, physicalId }) => {
            return type === "AWS::Lambda::LayerVersion" ? [[nameOf(type, physicalId), name] as const] : [];
          }),
    ),
  );
}

async function readLayer(
  name: string,
  session: AwsSession,
  usersOf: ReturnType<typeof userFinder>,
  stackOf: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<FoundLayer> {
  const listed = await ask("lambda:ListLayerVersions", async () => await listLayerVersions(session, name, signal));
  const versions = await each(listed, async (version, index): Promise<FoundLayerVersion> => {
    const { created, ...told } = version;
    const createdAt = new Date(created).toISOString();
    const bytes = index === 0 ? await readBytes(version, session, signal) : null;
    return { ...told, createdAt, bytes, users: await usersOf(version.arn) };
  });
  return { name, component: null, stack: stackOf.get(name) ?? null, versions };
}

async function readBytes(
  { arn }: ListedLayerVersion,
  session: AwsSession,
  signal: AbortSignal,
): Promise<Asked<number>> {
  return await ask("lambda:GetLayerVersion", async () => {
    const found = await getLayerVersion(session, arn, signal);
    if (!found || found.bytes < 0) throw new Error("the answer tells no size");
    return found.bytes;
  });
}

/** The versions that a function is edited in: one for each function. */
function latest(versions: Asked<FunctionVersion[]>): Asked<FunctionVersion[]> {
  if (versions.state === "unknown") return versions;
  return { state: "read", value: versions.value.filter(({ version }) => version === "$LATEST") };
}

async function each<T, R>(
  asked: Asked<readonly T[]>,
  work: (item: T, index: number) => R | Promise<R>,
): Promise<Asked<R[]>> {
  if (asked.state === "unknown") return asked;
  const items = asked.value.map((item, index) => ({ item, index }));
  return {
    state: "read",
    value: await parallel(items, callsAtOnce, async ({ item, index }) => await work(item, index)),
  };
}
