import { digestObject, headObject, type ObjectPlace, putObject, type StoredObject } from "../io/aws/s3.ts";
import type { AwsSession } from "../io/aws/session.ts";
import { userError } from "../model/errors.ts";

/** Bytes that are known by their digest. */
export interface Content {
  /** SHA-256, hex. */
  sha256: string;
  bytes: number;
  /** Where they are, when they have to be sent; they may be there already. */
  from: { path: string } | { text: string } | null;
}

/**
 * Brings an artifact under its digest into the bucket, and reads back what lies there. What was there with the right bytes
 * stays; a copy that was cut off is replaced, if nobody else replaces it meanwhile. Throws a UserError: `artifact-corrupt`
 * when other bytes lie there afterwards.
 *
 * @returns what was done, or null: it was there already
 */
export async function bringArtifact(
  session: AwsSession,
  place: ObjectPlace,
  content: Content,
  confirm: () => Promise<void>,
  signal: AbortSignal,
): Promise<string | null> {
  const before = await stored(session, place, content, signal);
  if (before === "right") return null;
  const { from, sha256 } = content;
  if (from === null) {
    const message = `s3://${place.bucket}/${place.key} is not there with its own bytes, and they are not here either`;
    throw userError("failed", "artifact-corrupt", message);
  }
  await confirm();
  const condition = before === "absent" ? "absent" : { etag: before.etag };
  const put = await putObject(session, place, { ...from, sha256 }, condition, signal);
  const after = await stored(session, place, content, signal);
  if (after !== "right") {
    const message = `s3://${place.bucket}/${place.key} holds other bytes than those that were sent under that name`;
    throw userError("failed", "artifact-corrupt", message, { fix: "remove the object, and deploy again" });
  }
  if (!put) return null;
  return before === "absent" ? "uploaded" : "replaced a copy that was not whole";
}

/** Whether the bytes of this SHA-256 (hex) lie in the bucket, whole. */
export async function holdsArtifact(
  session: AwsSession,
  place: ObjectPlace,
  sha256: string,
  signal: AbortSignal,
): Promise<boolean> {
  const found = await headObject(session, place, signal);
  return found !== null && (await digestOf(session, place, found, signal)) === sha256;
}

/** What lies there: the right bytes, nothing, or something else. */
async function stored(
  session: AwsSession,
  place: ObjectPlace,
  { sha256, bytes }: Content,
  signal: AbortSignal,
): Promise<"right" | "absent" | { etag: string }> {
  const found = await headObject(session, place, signal);
  if (found === null) return "absent";
  const { etag } = found;
  if (found.bytes !== bytes) return { etag };
  return (await digestOf(session, place, found, signal)) === sha256 ? "right" : { etag };
}

/** The service's own digest where it kept one; otherwise the bytes are read. */
async function digestOf(
  session: AwsSession,
  place: ObjectPlace,
  { sha256 }: StoredObject,
  signal: AbortSignal,
): Promise<string> {
  return sha256 ?? (await digestObject(session, place, signal)).sha256;
}
