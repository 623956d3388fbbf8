import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import type { TestAccount } from "./accounts.ts";
import { readUpload, wrongChecksum } from "./checksums.ts";
import type { Refusal } from "./refusals.ts";
import type { Wire } from "./wire.ts";

/** What S3 refuses and moto takes; null: nothing is wrong with it. */
export async function s3Refusal(
  wire: Wire,
  action: string,
  caller: string,
  accounts: readonly TestAccount[],
): Promise<Refusal | null> {
  const owner = await ownerOf(wire, accounts);
  const expected = wire.headers["x-amz-expected-bucket-owner"];
  const isForeign = owner !== null && (owner !== caller || (expected !== undefined && expected !== owner));
  if (isForeign && action !== "CreateBucket") return { code: "AccessDenied", message: "Access Denied", status: 403 };
  if (action !== "PutObject" && action !== "UploadPart") return null;
  return wrongChecksum(readUpload(wire), wire.headers);
}

/** The same upload with only its first half, sent as if that were all. */
export function halfUpload(wire: Wire): Wire {
  const { content, checksums } = readUpload(wire);
  const {
    "x-amz-trailer": _trailer,
    "x-amz-decoded-content-length": _length,
    "transfer-encoding": _transfer,
    "content-encoding": _encoding,
    ...headers
  } = wire.headers;
  for (const [algorithm, value] of checksums) headers[`x-amz-checksum-${algorithm}`] = value;
  const body = content.subarray(0, Math.floor(content.length / 2));
  return {
    ...wire,
    body,
    headers: { ...headers, "content-length": String(body.length), "x-amz-content-sha256": "UNSIGNED-PAYLOAD" },
  };
}

/** The account that a request's bucket belongs to; null where there is none of that name. */
async function ownerOf({ path }: Wire, accounts: readonly TestAccount[]): Promise<string | null> {
  const bucket = decodeURIComponent(new URL(path, "http://127.0.0.1").pathname.split("/")[1] ?? "");
  if (bucket === "") return null;
  for (const { id, access } of accounts) {
    const { Buckets: own = [] } = await new S3Client({ ...access, forcePathStyle: true }).send(
      new ListBucketsCommand({}),
    );
    if (own.some(({ Name: name }) => name === bucket)) return id;
  }
  return null;
}
