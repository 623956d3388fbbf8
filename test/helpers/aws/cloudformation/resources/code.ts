import { randomUUID } from "node:crypto";
import {
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { isObject, type Json, textOf } from "../json.ts";
import { isMissing, type Place } from "./handler.ts";

export interface CodeObject {
  S3Bucket: string;
  S3Key: string;
  S3ObjectVersion?: string;
}

/**
 * Checks what Lambda checks of code in S3: that the object is there, may be read, and is a zip. Throws with Lambda's words.
 * Source: the reasons that such events have in the service.
 */
export async function codeObject(place: Place, content: Json | undefined): Promise<CodeObject> {
  const [bucket, key] = isObject(content) ? [textOf(content, "S3Bucket"), textOf(content, "S3Key")] : [];
  if (bucket === undefined || key === undefined) throw invalidRequest("Please provide a source for code.");
  const version = isObject(content) ? textOf(content, "S3ObjectVersion") : undefined;
  await place.need(version === undefined ? "s3:GetObject" : "s3:GetObjectVersion", `arn:aws:s3:::${bucket}/${key}`);
  const request = { Bucket: bucket, Key: key, ...(version === undefined ? {} : { VersionId: version }) };
  const bytes = await read(place, request);
  if (bytes.length === 0 || bytes.subarray(0, 4).equals(emptyZip))
    throw invalidRequest("Uploaded file must be a non-empty zip");
  if (!bytes.subarray(0, 4).equals(zipStart))
    throw invalidRequest("Could not unzip uploaded file. Please check your file, then try to upload again.");
  return { S3Bucket: bucket, S3Key: key, ...(version === undefined ? {} : { S3ObjectVersion: version }) };
}

const emptyZip = Buffer.from([0x50, 0x4b, 5, 6]);
const zipStart = Buffer.from([0x50, 0x4b, 3, 4]);

async function read(place: Place, request: { Bucket: string; Key: string; VersionId?: string }): Promise<Buffer> {
  const s3 = new S3Client({ ...place.access, forcePathStyle: true });
  try {
    if (!(await isOwn(s3, request.Bucket))) throw unreadable("AccessDenied", "Access Denied");
    const { LocationConstraint: region = "us-east-1" } = await s3.send(new GetBucketLocationCommand(request));
    if (region !== place.region)
      throw unreadable(
        "PermanentRedirect",
        `The bucket is in this region: ${region}. Please use this region to retry the request`,
      );
    const { Body: body } = await s3.send(new GetObjectCommand(request));
    return Buffer.from((await body?.transformToByteArray()) ?? []);
  } catch (error) {
    if (!isMissing(error) || !(error instanceof Error)) throw error;
    if (error.name === "NoSuchKey") throw unreadable(error.name, "The specified key does not exist.");
    throw unreadable("NoSuchBucket", "The specified bucket does not exist");
  }
}

/** Whether a bucket is the account's own: moto opens all buckets to everybody. Throws where there is none of the name. */
async function isOwn(s3: S3Client, bucket: string): Promise<boolean> {
  await s3.send(new HeadBucketCommand({ Bucket: bucket }));
  const { Buckets: own = [] } = await s3.send(new ListBucketsCommand({}));
  return own.some(({ Name: name }) => name === bucket);
}

function unreadable(code: string, message: string): Error {
  return invalidRequest(`Error occurred while GetObject. S3 Error Code: ${code}. S3 Error Message: ${message}`);
}

function invalidRequest(message: string): Error {
  const request = `Service: Lambda, Status Code: 400, Request ID: ${randomUUID()}`;
  return new Error(
    `Resource handler returned message: "${message} (${request})" (RequestToken: ${randomUUID()}, HandlerErrorCode: InvalidRequest)`,
  );
}
