import { describeStack, getTemplate, listResources, type Stack } from "../../io/aws/cloudformation.ts";
import { getLayerVersion, type LayerVersion, listLayerVersions } from "../../io/aws/lambda.ts";
import { type BucketState, readBucket } from "../../io/aws/s3.ts";
import type { AwsSession } from "../../io/aws/session.ts";
import { bucketAt, surveyAccount } from "../aws-place.ts";
import { stackState } from "../cloudformation/stack-state.ts";
import type { Context, Survey } from "../provider.ts";
import { described, outputName } from "./layers.ts";
import { type LayerPlace, stackOf } from "./spec.ts";

/** What is read of a layer and its stack before planning. */
export interface LayerFacts {
  stack: Stack | null;
  template: string | null;
  /** The version's ARN that the stack's output names; null when it names none. */
  output: string | null;
  /** That version as Lambda has it now; null when it is gone, or none is named. */
  current: LayerVersion | null;
  /** By name in the template: the version's ARN. */
  arns: Readonly<Record<string, string>>;
  /** ARNs of all versions that Lambda still has of the layer. */
  alive: readonly string[];
  bucket: BucketState;
}

/** Reads the stack, the version that its output names, and which versions are still there. */
export async function survey(place: LayerPlace, context: Context): Promise<Survey<LayerFacts>> {
  return await surveyAccount(place, context, async (session) => {
    const name = stackOf(place);
    const [stack, bucket, versions] = await Promise.all([
      describeStack(session, name, context.signal),
      readBucket(session, bucketAt(place).name, context.signal),
      listLayerVersions(session, place.spec.name, context.signal),
    ]);
    const state = stackState(name, session.setting.region, stack);
    const exists = stack !== null && state.is !== "absent";
    const held = exists ? await readHeld(session, place, stack, context.signal) : nothingHeld;
    const facts: LayerFacts = { stack, ...held, alive: versions.map(({ arn }) => arn), bucket };
    const busy = state.is === "busy" ? state.message : null;
    return { state: "read", facts, summary: summaryOf(name, stack, exists, held), running: runningOf(held), busy };
  });
}

type Held = Pick<LayerFacts, "template" | "output" | "current" | "arns">;

const nothingHeld: Held = { template: null, output: null, current: null, arns: {} };

async function readHeld(session: AwsSession, { spec }: LayerPlace, stack: Stack, signal: AbortSignal): Promise<Held> {
  const output = stack.outputs[spec.template?.output ?? outputName] ?? null;
  const [template, resources, current] = await Promise.all([
    getTemplate(session, stack.name, signal),
    listResources(session, stack.name, signal),
    output === null ? null : getLayerVersion(session, output, signal),
  ]);
  const layers = resources.filter(({ type }) => type === "AWS::Lambda::LayerVersion");
  return {
    template,
    output,
    current,
    arns: Object.fromEntries(layers.map(({ logicalId, physicalId }) => [logicalId, physicalId])),
  };
}

function summaryOf(name: string, stack: Stack | null, exists: boolean, { output, current }: Held): string {
  if (!exists || stack === null) return `there is no stack ${name}`;
  if (output === null) return `the stack ${name} is ${stack.status} and names no layer version`;
  if (current === null) return `the stack ${name} names ${output}, which is gone`;
  const made = described(current.description);
  return `version ${current.version}${made ? ` of ${made.commit.slice(0, 7)}` : ""}; the stack ${name} is ${stack.status}`;
}

/** What the version says of itself: enough to plan with, and no proof. */
function runningOf({ current }: Held): { commit: string; digest: string } | null {
  const made = current && described(current.description);
  return made ? { commit: made.commit, digest: `sha256:${made.source}` } : null;
}
