import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { crc32 } from "node:zlib";
import type { Refusal } from "./refusals.ts";
import type { Wire } from "./wire.ts";

/** What an upload carries, without the wrapping of its transfer. */
export interface Upload {
  content: Buffer;
  /** Checksums by algorithm, in base64: from headers or from the trailer. */
  checksums: Map<string, string>;
}

/** Takes an upload out of `aws-chunked`, if it is in that. */
export function readUpload({ headers, body }: Wire): Upload {
  const checksums = checksumsIn(Object.entries(headers).map(([key, value]) => [key, String(value)]));
  const isChunked = String(headers["x-amz-content-sha256"] ?? "").startsWith("STREAMING-");
  if (!isChunked) return { content: body, checksums };
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = body.indexOf("\r\n", at);
    const size = Number.parseInt(body.toString("latin1", at, end), 16);
    if (end < 0 || Number.isNaN(size)) break;
    at = end + 2;
    if (size === 0) break;
    parts.push(body.subarray(at, at + size));
    at += size + 2;
  }
  const trailer = body.toString("latin1", at).split("\r\n");
  const lines = trailer.map((line) => line.split(":").map((part) => part.trim()) as [string, string]);
  for (const [key, value] of checksumsIn(lines)) checksums.set(key, value);
  return { content: Buffer.concat(parts), checksums };
}

/** Refuses content that is not what its checksums say, as S3 does and moto does not. */
export function wrongChecksum({ content, checksums }: Upload, headers: IncomingHttpHeaders): Refusal | null {
  const md5 = headers["content-md5"];
  if (typeof md5 === "string" && md5 !== createHash("md5").update(content).digest("base64"))
    return badDigest("The Content-MD5 you specified did not match what we received.");
  for (const [algorithm, given] of checksums) {
    const made = algorithms[algorithm];
    if (made === undefined) return invalidRequest(`The test server cannot work out ${algorithm}.`);
    const right = made(content);
    if (Buffer.from(given, "base64").length !== Buffer.from(right, "base64").length)
      return invalidRequest(`Value for x-amz-checksum-${algorithm} header is invalid.`);
    if (given !== right)
      return badDigest(`The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`);
  }
  return null;
}

function checksumsIn(pairs: [string, string][]): Map<string, string> {
  const found = pairs.map(([key, value]): [string | undefined, string] => [
    /^x-amz-checksum-(crc32c?|crc64nvme|sha1|sha256)$/.exec(key)?.[1],
    value,
  ]);
  return new Map(found.filter((pair): pair is [string, string] => pair[0] !== undefined));
}

const algorithms: Readonly<Record<string, (content: Buffer) => string>> = {
  crc32: (content) => {
    const four = Buffer.alloc(4);
    four.writeUInt32BE(crc32(content));
    return four.toString("base64");
  },
  sha1: (content) => createHash("sha1").update(content).digest("base64"),
  sha256: (content) => createHash("sha256").update(content).digest("base64"),
};

function badDigest(message: string): Refusal {
  return { code: "BadDigest", message, status: 400 };
}

function invalidRequest(message: string): Refusal {
  return { code: "InvalidRequest", message, status: 400 };
}
