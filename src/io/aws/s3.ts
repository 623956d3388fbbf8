import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { awsError, awsProblem } from "./errors.ts";
import type { AwsSession } from "./session.ts";

/** An object's place: every call names the account that must own the bucket, so that no other bucket of that name is used. */
export interface ObjectPlace {
  bucket: string;
  key: string;
}

/** How a bucket looks from here. */
export type BucketState =
  | { state: "usable" }
  | { state: "missing" | "foreign"; message: string }
  | { state: "elsewhere"; region: string }
  | { state: "unknown"; code: ReturnType<typeof awsProblem>["code"]; message: string };

/** Whether a bucket can be written to by this environment: it is there, in the account and in the region. */
export async function readBucket(session: AwsSession, bucket: string, signal: AbortSignal): Promise<BucketState> {
  const { account, region } = session.setting;
  const { sdk, client } = await session.open("s3");
  try {
    const head = new sdk.HeadBucketCommand({ Bucket: bucket, ExpectedBucketOwner: account });
    const answer = await client.send(head, { abortSignal: signal });
    const at = answer.BucketRegion ?? region;
    return at === region ? { state: "usable" } : { state: "elsewhere", region: at };
  } catch (error) {
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    if (status === 404) return { state: "missing", message: `there is no bucket ${bucket}` };
    if (status === 301) return { state: "elsewhere", region: redirected(error) };
    if (status === 403)
      return {
        state: "foreign",
        message: `the bucket ${bucket} is not account ${account}'s, or s3:ListBucket is not allowed`,
      };
    const { code, message } = awsProblem("s3:HeadBucket", error);
    return { state: "unknown", code, message };
  }
}

function redirected(error: unknown): string {
  const { $response } = error as { $response?: { headers?: Record<string, string> } };
  return $response?.headers?.["x-amz-bucket-region"] ?? "another region";
}

/** What is there under a key: its size, and its digest when the service kept one. Null: nothing. */
export interface StoredObject {
  bytes: number;
  /** Hex. Null: it was uploaded without. */
  sha256: string | null;
  etag: string;
}

/** Reads what is there under a key, without its bytes. */
export async function headObject(
  session: AwsSession,
  { bucket, key }: ObjectPlace,
  signal: AbortSignal,
): Promise<StoredObject | null> {
  const { sdk, client } = await session.open("s3");
  const input = { Bucket: bucket, Key: key, ExpectedBucketOwner: session.setting.account };
  try {
    const found = await client.send(new sdk.HeadObjectCommand({ ...input, ChecksumMode: "ENABLED" }), {
      abortSignal: signal,
    });
    const { ContentLength = -1, ChecksumSHA256: sum, ETag = "" } = found;
    return { bytes: ContentLength, sha256: sum ? Buffer.from(sum, "base64").toString("hex") : null, etag: ETag };
  } catch (error) {
    if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 404) return null;
    // S3 also refuses so what is not there, where the bucket may not be listed.
    throw awsError("s3:GetObject or s3:ListBucket", error);
  }
}

/** The SHA-256 (hex) of the bytes that lie under a key, and their number. They are read through. */
export async function digestObject(
  session: AwsSession,
  { bucket, key }: ObjectPlace,
  signal: AbortSignal,
): Promise<{ bytes: number; sha256: string }> {
  const { sdk, client } = await session.open("s3");
  const input = { Bucket: bucket, Key: key, ExpectedBucketOwner: session.setting.account };
  try {
    const { Body } = await client.send(new sdk.GetObjectCommand(input), { abortSignal: signal });
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const chunk of Body as AsyncIterable<Uint8Array>) {
      hash.update(chunk);
      bytes += chunk.length;
    }
    return { bytes, sha256: hash.digest("hex") };
  } catch (error) {
    throw awsError("s3:GetObject", error);
  }
}

/**
 * Puts a file or a text under a key. The service is told the digest and refuses other bytes.
 *
 * @param condition `absent`: only when nothing is there; otherwise only when what is there has this ETag
 * @returns false when the condition does not hold
 */
export async function putObject(
  session: AwsSession,
  { bucket, key }: ObjectPlace,
  content: { path: string; sha256: string } | { text: string; sha256: string },
  condition: "absent" | { etag: string },
  signal: AbortSignal,
): Promise<boolean> {
  const { sdk, client } = await session.open("s3");
  const only = condition === "absent" ? { IfNoneMatch: "*" } : { IfMatch: condition.etag };
  const put = new sdk.PutObjectCommand({
    Bucket: bucket,
    Key: key,
    // In memory, so that a try that failed can be repeated; a layer has at most 250 MB.
    Body: "path" in content ? await readFile(content.path) : Buffer.from(content.text),
    ChecksumSHA256: Buffer.from(content.sha256, "hex").toString("base64"),
    ExpectedBucketOwner: session.setting.account,
    ...only,
  });
  for (let tries = 1; ; tries += 1) {
    try {
      await client.send(put, { abortSignal: signal });
      return true;
    } catch (error) {
      const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
      if (name === "PreconditionFailed" || $metadata?.httpStatusCode === 412) return false;
      if (name !== "ConditionalRequestConflict" || tries === mostTries) throw awsError("s3:PutObject", error);
    }
  }
}

/**
 * How often an upload is tried that meets another one of the same object: the service asks for it.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
const mostTries = 4;
