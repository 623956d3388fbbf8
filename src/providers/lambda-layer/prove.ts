import { describeStack, type Stack } from "../../io/aws/cloudformation.ts";
import { getLayerVersion, type LayerVersion } from "../../io/aws/lambda.ts";
import type { Artifact } from "../../model/artifact.ts";
import type { Evidence, Reading } from "../../model/evidence.ts";
import { parametersClaim } from "../cloudformation/parameters-claim.ts";
import { proveStack, stateClaim } from "../cloudformation/stack-claims.ts";
import type { Judged } from "../judged.ts";
import type { Context, Wanted } from "../provider.ts";
import { described, outputName } from "./layers.ts";
import { type LayerPlace, stackOf } from "./spec.ts";

/** Reads the stack's output and the version that it names: Lambda's own digest of the content is what proves it. */
export async function prove(
  place: LayerPlace,
  wanted: Wanted,
  artifact: Artifact,
  context: Context,
): Promise<Evidence[]> {
  const name = stackOf(place);
  return await proveStack(place, name, context, async (session) => {
    const stack = await describeStack(session, name, context.signal);
    const state = stateClaim(name, session.setting, stack);
    if (stack === null || state.verdict !== "proven") return [state];
    const ofStack = [state, ...ownParameters(place, wanted, stack)];
    const output = place.spec.template?.output ?? outputName;
    const arn = stack.outputs[output];
    if (arn === undefined) return [...ofStack, noOutput(stack, output)];
    const version = await getLayerVersion(session, arn, context.signal);
    return [contentClaim(arn, version, artifact), ...ofStack, ...(version ? [purposeClaim(place, version)] : [])];
  });
}

/** The parameters of a template of the author's own. */
function ownParameters({ spec: { template: own } }: LayerPlace, { texts }: Wanted, stack: Stack): Judged[] {
  if (!own) return [];
  const text = texts[own.file];
  if (text !== undefined) return parametersClaim(own, stack, text);
  const claim = { claim: "parameters", expected: "the manifest's values", readings: [] };
  return [{ ...claim, verdict: "unknown", reason: `${own.file} is not in the commit`, code: "template-missing" }];
}

function noOutput({ name }: Stack, output: string): Judged {
  const readings = [{ unit: `stack ${name}`, identity: null, source: "cloudformation:DescribeStacks", at: now() }];
  const reason = `the stack ${name} has no output ${output}`;
  return { claim: "version", expected: output, readings, verdict: "refuted", reason, code: "stack-differs" };
}

/** The version that the output names holds the artifact, byte for byte, as Lambda itself counts it. */
function contentClaim(arn: string, version: LayerVersion | null, { digest }: Artifact): Judged {
  const identity = version ? `sha256:${version.sha256}` : null;
  const reading: Reading = { unit: arn, identity, source: "lambda:GetLayerVersion CodeSha256", at: now() };
  const made = version && described(version.description);
  // Whose content it is, as the version itself says: it counts only beside the digest.
  const label = made?.digest === digest ? [{ ...reading, identity: made.commit, source: "its description" }] : [];
  const claim = { claim: "content", expected: digest, readings: [reading, ...label] };
  if (!version)
    return {
      ...claim,
      verdict: "refuted",
      reason: `${arn} is gone: it was deleted behind the stack's back`,
      code: "layer-missing",
    };
  const of = made ? `, first published at ${made.commit.slice(0, 7)}` : "";
  if (identity === digest)
    return { ...claim, verdict: "proven", reason: `version ${version.version} holds the artifact${of}` };
  const reason = `version ${version.version} holds ${identity}, and not the artifact${of}`;
  return { ...claim, verdict: "refuted", reason, code: "layer-differs" };
}

/** The version is for the runtimes and architectures of the manifest. */
function purposeClaim({ spec }: LayerPlace, version: LayerVersion): Judged {
  const expected = [...spec.runtimes, ...spec.architectures].sort().join(", ");
  // Lambda takes a version without architectures for x86_64.
  const architectures = version.architectures.length === 0 ? ["x86_64"] : version.architectures;
  const identity = [...version.runtimes, ...architectures].sort().join(", ");
  const reading: Reading = { unit: version.arn, identity, source: "lambda:GetLayerVersion", at: now() };
  const claim = { claim: "compatible", expected, readings: [reading] };
  if (identity === expected) return { ...claim, verdict: "proven", reason: `it is for ${identity}` };
  return {
    ...claim,
    verdict: "refuted",
    reason: `it is for ${identity}, and not for ${expected}`,
    code: "layer-differs",
  };
}

function now(): string {
  return new Date().toISOString();
}
