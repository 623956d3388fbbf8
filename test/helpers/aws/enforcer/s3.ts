import type { AskedAction, Incoming } from "./read-request.ts";

/** Query keys that choose no other action. */
const plain = ["x-id", "list-type", "prefix", "delimiter", "max-keys", "continuation-token", "start-after"];
const parts = ["partNumber", "uploadId", "uploads"];

/** S3's REST interface, with the bucket in the path ("Actions, resources, and condition keys for Amazon S3"). */
export function s3Action({ method, path, query, headers }: Incoming): AskedAction | null {
  const [, bucket = "", key = ""] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  const chosen = [...query.keys()].filter((name) => !plain.includes(name) && !name.startsWith("response-"));
  if (bucket === "")
    return method === "GET" && chosen.length === 0 ? { action: "s3:ListAllMyBuckets", resource: "*" } : null;
  const arn = `arn:aws:s3:::${bucket}`;
  if (key === "") return bucketAction(method, chosen, query, arn);
  if (headers["x-amz-copy-source"] !== undefined) return null;
  const action = objectAction(method, chosen);
  return action === null ? null : { action, resource: `${arn}/${key}` };
}

function bucketAction(
  method: string,
  chosen: readonly string[],
  query: URLSearchParams,
  arn: string,
): AskedAction | null {
  const action = bucketActions[[method, ...chosen].join(" ")];
  if (action === undefined) return null;
  const prefix = query.get("prefix");
  return { action, resource: arn, ...(prefix === null ? {} : { context: { "s3:prefix": [prefix] } }) };
}

const bucketActions: Readonly<Record<string, string>> = {
  HEAD: "s3:ListBucket",
  GET: "s3:ListBucket",
  PUT: "s3:CreateBucket",
  DELETE: "s3:DeleteBucket",
  "GET location": "s3:GetBucketLocation",
  "GET versioning": "s3:GetBucketVersioning",
  "PUT versioning": "s3:PutBucketVersioning",
  "GET versions": "s3:ListBucketVersions",
};

function objectAction(method: string, chosen: readonly string[]): string | null {
  const version = chosen.includes("versionId") ? "Version" : "";
  const others = chosen.filter((name) => name !== "versionId" && !parts.includes(name));
  if (others.length > 0) return null;
  const upload = chosen.includes("uploadId");
  switch (method) {
    case "HEAD":
    case "GET":
      return upload ? "s3:ListMultipartUploadParts" : `s3:GetObject${version}`;
    case "PUT":
      return "s3:PutObject";
    case "POST":
      return chosen.includes("uploads") || upload ? "s3:PutObject" : null;
    case "DELETE":
      return upload ? "s3:AbortMultipartUpload" : `s3:DeleteObject${version}`;
    default:
      return null;
  }
}
