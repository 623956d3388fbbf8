import { createHash } from "node:crypto";
import type { AwsSession } from "../../io/aws/session.ts";
import type { AwsSetting, Bucket } from "../../model/aws.ts";
import { partitionOf } from "../../model/aws-partition.ts";
import { bringArtifact } from "../artifact-object.ts";
import type { Context, Work } from "../provider.ts";
import { inlineBytes } from "./plan.ts";

/** What a change set takes a template from: a large one goes through the bucket, and CloudFormation takes its address. */
export async function templatePlace(
  session: AwsSession,
  /** `folder`: where in the bucket, below its prefix. */
  { bucket, folder }: { bucket: Bucket | undefined; folder: string },
  text: string,
  { confirm }: Pick<Work, "confirm">,
  { signal }: Pick<Context, "signal">,
): Promise<{ body: string } | { url: string }> {
  const bytes = Buffer.byteLength(text);
  if (bytes <= inlineBytes || bucket === undefined) return { body: text };
  const sha256 = createHash("sha256").update(text).digest("hex");
  const key = `${bucket.prefix}${folder}/${sha256}.template`;
  await bringArtifact(session, { bucket: bucket.name, key }, { sha256, bytes, from: { text } }, confirm, signal);
  return { url: objectUrl(session.setting, bucket, key) };
}

function objectUrl({ region, endpoint }: AwsSetting, { name }: Bucket, key: string): string {
  if (endpoint !== undefined) return `${endpoint.replace(/\/+$/, "")}/${name}/${key}`;
  return `https://${name}.s3.${region}.amazonaws.com${partitionOf(region) === "aws-cn" ? ".cn" : ""}/${key}`;
}
