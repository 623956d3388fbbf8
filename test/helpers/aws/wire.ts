import type { IncomingHttpHeaders } from "node:http";

/** A request as the front took it. */
export interface Wire {
  method: string;
  /** With the query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** An answer before it is sent. */
export interface Answer {
  status: number;
  headers: Record<string, string | string[]>;
  body: Buffer;
}

/** The key, region and service that a signature names; null for a request without one. */
export function signedFor({ path, headers }: Wire): { accessKeyId: string; region: string; service: string } | null {
  const header = /Credential=([^,\s]+)/.exec(headers.authorization ?? "")?.[1];
  const credential = header ?? new URL(path, "http://127.0.0.1").searchParams.get("X-Amz-Credential");
  const [accessKeyId, , region, service] = (credential ?? "").split("/");
  return accessKeyId === undefined || region === undefined || service === undefined
    ? null
    : { accessKeyId, region, service };
}

/** The name that IAM and the SDKs have for what a request does. */
export function actionName(service: string, wire: Wire): string {
  const target = wire.headers["x-amz-target"];
  if (typeof target === "string") return target.split(".").at(-1) ?? target;
  const url = new URL(wire.path, "http://127.0.0.1");
  if (service === "s3") return s3Action(wire, url);
  if (service === "lambda") return lambdaAction(wire.method, url);
  return new URLSearchParams(wire.body.toString("utf8")).get("Action") ?? `${wire.method} ${url.pathname}`;
}

function s3Action({ method, headers }: Wire, url: URL): string {
  const named = url.searchParams.get("x-id");
  if (named !== null) return named;
  const [bucket = "", ...key] = url.pathname.slice(1).split("/");
  if (bucket === "") return "ListBuckets";
  const has = (name: string) => url.searchParams.has(name);
  if (key.join("/") === "") {
    const part = ["versioning", "location", "policy", "encryption", "lifecycle", "tagging", "publicAccessBlock"].find(
      has,
    );
    if (part !== undefined) return `${verbs[method] ?? method}Bucket${part.charAt(0).toUpperCase()}${part.slice(1)}`;
    if (method === "GET")
      return has("versions") ? "ListObjectVersions" : has("list-type") ? "ListObjectsV2" : "ListObjects";
    if (method === "POST") return "DeleteObjects";
    return { HEAD: "HeadBucket", PUT: "CreateBucket", DELETE: "DeleteBucket" }[method] ?? method;
  }
  if (method === "POST") return has("uploads") ? "CreateMultipartUpload" : "CompleteMultipartUpload";
  if (method === "PUT" && has("partNumber")) return "UploadPart";
  if (method === "PUT" && "x-amz-copy-source" in headers) return "CopyObject";
  if (method === "DELETE" && has("uploadId")) return "AbortMultipartUpload";
  return { GET: "GetObject", HEAD: "HeadObject", PUT: "PutObject", DELETE: "DeleteObject" }[method] ?? method;
}

const verbs: Readonly<Record<string, string>> = { GET: "Get", PUT: "Put", DELETE: "Delete" };

/** Lambda's paths and what they are called, most special first. `*` is one part. */
const lambdaActions: readonly (readonly [string, string, string])[] = [
  ["POST", "layers/*/versions/*/policy", "AddLayerVersionPermission"],
  ["GET", "layers/*/versions/*/policy", "GetLayerVersionPolicy"],
  ["DELETE", "layers/*/versions/*/policy/*", "RemoveLayerVersionPermission"],
  ["GET", "layers/*/versions/*", "GetLayerVersion"],
  ["DELETE", "layers/*/versions/*", "DeleteLayerVersion"],
  ["GET", "layers/*/versions", "ListLayerVersions"],
  ["POST", "layers/*/versions", "PublishLayerVersion"],
  ["GET", "layers", "ListLayers"],
  ["GET", "functions/*/configuration", "GetFunctionConfiguration"],
  ["PUT", "functions/*/configuration", "UpdateFunctionConfiguration"],
  ["PUT", "functions/*/code", "UpdateFunctionCode"],
  ["GET", "functions/*/policy", "GetPolicy"],
  ["GET", "functions/*/versions", "ListVersionsByFunction"],
  ["POST", "functions/*/versions", "PublishVersion"],
  ["GET", "functions/*/aliases", "ListAliases"],
  ["GET", "functions/*", "GetFunction"],
  ["DELETE", "functions/*", "DeleteFunction"],
  ["GET", "functions", "ListFunctions"],
  ["POST", "functions", "CreateFunction"],
];

function lambdaAction(method: string, { pathname, searchParams }: URL): string {
  if (searchParams.get("find") === "LayerVersion") return "GetLayerVersionByArn";
  const parts = pathname.split("/").filter(Boolean).slice(1);
  const found = lambdaActions.find(([wanted, pattern]) => {
    const names = pattern.split("/");
    return (
      wanted === method &&
      names.length === parts.length &&
      names.every((name, at) => name === "*" || name === parts[at])
    );
  });
  return found?.[2] ?? `${method} ${pathname}`;
}
