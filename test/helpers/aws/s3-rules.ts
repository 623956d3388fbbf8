import { GetBucketLocationCommand, ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import type { TestAccount } from "./accounts.ts";
import { readUpload, wrongChecksum } from "./checksums.ts";
import type { Refusal } from "./refusals.ts";
import type { Wire } from "./wire.ts";

/** Whom a call to S3 is from, and for which region it is signed. */
export interface S3Call {
  action: string;
  account: string;
  region: string;
}

export type S3Rules = (wire: Wire, call: S3Call) => Promise<Refusal | null>;

/** What S3 refuses and moto takes: buckets of others and of other regions, and uploads that are not what they say. */
export function s3Rules(accounts: readonly TestAccount[]): S3Rules {
  const known = new Map<string, Bucket>();
  return async (wire, { action, account, region }) => {
    if (action === "CreateBucket" || action === "DeleteBucket") known.clear();
    const name = decodeURIComponent(new URL(wire.path, "http://127.0.0.1").pathname.split("/")[1] ?? "");
    const bucket = known.get(name) ?? (await findBucket(name, accounts));
    if (bucket !== null && action !== "CreateBucket") {
      known.set(name, bucket);
      const { [expectedOwner]: expected = bucket.owner } = wire.headers;
      if (bucket.owner !== account || bucket.owner !== expected) return denied;
      if (bucket.region !== region) return elsewhere;
    }
    return action === "PutObject" || action === "UploadPart" ? wrongChecksum(readUpload(wire), wire.headers) : null;
  };
}

interface Bucket {
  owner: string;
  region: string;
}

const expectedOwner = "x-amz-expected-bucket-owner";
const denied: Refusal = { code: "AccessDenied", message: "Access Denied", status: 403 };
const elsewhere: Refusal = {
  code: "PermanentRedirect",
  message:
    "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
  status: 301,
};

/** Null where no account has a bucket of that name. */
async function findBucket(name: string, accounts: readonly TestAccount[]): Promise<Bucket | null> {
  if (name === "") return null;
  for (const { id, access } of accounts) {
    const s3 = new S3Client({ ...access, forcePathStyle: true });
    const { Buckets: own = [] } = await s3.send(new ListBucketsCommand({}));
    if (!own.some((bucket) => bucket.Name === name)) continue;
    const { LocationConstraint: region } = await s3.send(new GetBucketLocationCommand({ Bucket: name }));
    return { owner: id, region: region ?? "us-east-1" };
  }
  return null;
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
