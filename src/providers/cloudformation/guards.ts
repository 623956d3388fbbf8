import { validateTemplate } from "../../io/aws/cloudformation.ts";
import type { BucketState } from "../../io/aws/s3.ts";
import { blocking, type Finding } from "../../model/finding.ts";
import type { Place } from "../../model/place.ts";
import { sessionOf } from "../aws-place.ts";
import type { Context, PlacePlan, Wanted } from "../provider.ts";
import type { StackFacts } from "./facts.ts";
import { inlineBytes } from "./plan.ts";
import type { StackPlace } from "./spec.ts";

interface About {
  plan: PlacePlan;
  wanted: Wanted;
}

/** Checks before the first write: the bucket, and what CloudFormation itself says of the template. */
export async function guards(
  place: StackPlace,
  { bucket }: StackFacts,
  { plan, wanted }: About,
  context: Context,
): Promise<Finding[]> {
  if (plan.steps.length === 0) return [];
  const { template: file, capabilities } = place.spec;
  const given = { file, capabilities, text: wanted.texts[file] };
  return [
    ...(bucket === null ? [] : bucketFindings(place, bucket)),
    // What the plan found wrong with it is said better there.
    ...(blocking(plan.findings).length > 0 ? [] : await templateFindings(place, given, context)),
  ];
}

/** A template, and what the manifest agrees to that it may do. */
export interface GivenTemplate {
  file: string;
  text: string | undefined;
  capabilities: readonly string[];
}

/** What CloudFormation says of a template before it is used. One that goes through the bucket is looked at with its change set. */
export async function templateFindings(
  place: Pick<Place, "aws" | "component">,
  { file, text, capabilities }: GivenTemplate,
  context: Context,
): Promise<Finding[]> {
  if (text === undefined || Buffer.byteLength(text) > inlineBytes) return [];
  const found = await validateTemplate(sessionOf(place, context), text, context.signal);
  if ("problem" in found)
    return [{ code: "template-invalid", level: "block", message: `${file}: ${found.problem}`, file }];
  const missing = found.capabilities.filter((needed) => !agreed(needed, capabilities));
  if (missing.length === 0) return [];
  const message = `${file} needs ${missing.join(", ")}: ${found.reason}`;
  const fix = `read what it does, and agree with \`capabilities: [${missing.join(", ")}]\``;
  return [{ code: "template-invalid", level: "block", message, file, fix }];
}

/** CAPABILITY_NAMED_IAM says more than CAPABILITY_IAM, and does for it. */
function agreed(needed: string, capabilities: readonly string[]): boolean {
  return (
    capabilities.includes(needed) || (needed === "CAPABILITY_IAM" && capabilities.includes("CAPABILITY_NAMED_IAM"))
  );
}

/** What stands in the way of putting artifacts into the environment's bucket. */
export function bucketFindings({ artifacts, aws }: Pick<Place, "artifacts" | "aws">, bucket: BucketState): Finding[] {
  const name = artifacts?.name ?? "";
  const block = (code: Finding["code"], message: string, fix: string): Finding[] => [
    { code, level: "block", message, fix },
  ];
  switch (bucket.state) {
    case "usable":
      return [];
    case "missing":
      return block(
        "bucket-unusable",
        bucket.message,
        `create it in ${aws?.account}, ${aws?.region}, or correct \`artifacts\``,
      );
    case "foreign":
      return block(
        "bucket-unusable",
        bucket.message,
        "name a bucket of the environment's account, or allow reading it",
      );
    case "elsewhere":
      return block(
        "wrong-region",
        `the bucket ${name} lies in ${bucket.region}, and the environment in ${aws?.region}`,
        "Lambda and CloudFormation read buckets of their own region only: name one there",
      );
    case "unknown":
      return block(bucket.code, bucket.message, "a bucket that cannot be looked at cannot be trusted");
  }
}
