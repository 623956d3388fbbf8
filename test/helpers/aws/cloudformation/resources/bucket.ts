import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetBucketVersioningCommand,
  HeadBucketCommand,
  PutBucketVersioningCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { isObject, type JsonObject, textOf } from "../json.ts";
import { type Handler, type Made, madeName, type Place, unlessMissing } from "./handler.ts";

/** AWS::S3::Bucket, with its versioning; other settings are taken and not kept. */
export const bucket: Handler = {
  create: async (place, properties) => {
    const name = textOf(properties, "BucketName") ?? madeName(place).toLowerCase();
    await place.need("s3:CreateBucket", `arn:aws:s3:::${name}`);
    const elsewhere =
      place.region === "us-east-1"
        ? {}
        : { CreateBucketConfiguration: { LocationConstraint: place.region as "us-east-2" } };
    try {
      await s3(place).send(new CreateBucketCommand({ Bucket: name, ...elsewhere }));
    } catch (error) {
      if (error instanceof Error && /^BucketAlready/.test(error.name)) throw new Error(`${name} already exists`);
      throw error;
    }
    await setVersioning(place, name, properties);
    return made(place, name);
  },
  update: async (place, name, properties) => {
    await setVersioning(place, name, properties);
    return made(place, name);
  },
  remove: async (place, name) => {
    await place.need("s3:DeleteBucket", `arn:aws:s3:::${name}`);
    await unlessMissing(() => s3(place).send(new DeleteBucketCommand({ Bucket: name })));
  },
  read: async (place, name, properties) => {
    await place.need("s3:GetBucketVersioning", `arn:aws:s3:::${name}`);
    const there = await unlessMissing(() => s3(place).send(new HeadBucketCommand({ Bucket: name })));
    if (there === null) return null;
    const { Status: status } = await s3(place).send(new GetBucketVersioningCommand({ Bucket: name }));
    const live: JsonObject = { ...properties };
    if (status !== undefined || "VersioningConfiguration" in properties)
      live.VersioningConfiguration = { Status: status ?? "Suspended" };
    return live;
  },
};

async function setVersioning(place: Place, name: string, properties: JsonObject): Promise<void> {
  const versioning = properties.VersioningConfiguration;
  const status = isObject(versioning) ? textOf(versioning, "Status") : undefined;
  if (status === undefined) return;
  await place.need("s3:PutBucketVersioning", `arn:aws:s3:::${name}`);
  const request = { Bucket: name, VersioningConfiguration: { Status: status as "Enabled" } };
  await s3(place).send(new PutBucketVersioningCommand(request));
}

function made({ region }: Place, name: string): Made {
  const attributes = {
    Arn: `arn:aws:s3:::${name}`,
    DomainName: `${name}.s3.amazonaws.com`,
    DualStackDomainName: `${name}.s3.dualstack.${region}.amazonaws.com`,
    RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
    WebsiteURL: `http://${name}.s3-website.${region}.amazonaws.com`,
  };
  return { physicalId: name, attributes };
}

function s3(place: Place): S3Client {
  return new S3Client({ ...place.access, forcePathStyle: true });
}
