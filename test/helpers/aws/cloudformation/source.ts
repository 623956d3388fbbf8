import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { Request } from "./actions/request.ts";
import { checkTemplate, missingCapabilities } from "./check-template.ts";
import { invalid, ServiceError } from "./error.ts";
import { type JsonObject, objectsOf, textOf, textsOf } from "./json.ts";
import { declaredParameters, settleParameters } from "./parameters.ts";
import type { Deployment, Stack, Template } from "./state.ts";
import { readTemplate, transformsOf } from "./template.ts";
import { TransformFailed, transform } from "./transform.ts";

/**
 * What a request wants a stack to be: its template, read, transformed and checked, and its parameters. Throws as the
 * service does; a transform that fails throws TransformFailed.
 */
export async function readDeployment(request: Request, stack: Stack | null): Promise<Deployment> {
  const { input, caller, region } = request;
  const body = await templateBody(request, stack);
  const original = readTemplate(body);
  const transforms = transformsOf(original);
  declaredParameters(original);
  const parameters = settleParameters(original, input, stack?.deployment?.parameters ?? []);
  const values: JsonObject = Object.fromEntries(parameters.map(({ key, value }) => [key, value]));
  await refuseTransforms(request, transforms);
  const processed = await transform(original, transforms, values, region);
  checkTemplate(processed);
  const capabilities = textsOf(input, "Capabilities");
  refuseMissing(missingCapabilities(processed, capabilities));
  const template: Template = { body, original, processed, transforms };
  const tags = "Tags" in input ? tagsOf(input) : (stack?.deployment?.tags ?? new Map());
  return {
    template,
    parameters,
    tags,
    capabilities,
    roleArn: textOf(input, "RoleARN") ?? stack?.deployment?.roleArn,
    caller,
  };
}

/** The template of a request that only asks about one, transformed as far as that goes without values of parameters. */
export async function readForSummary(request: Request): Promise<Template> {
  const body = await templateBody(request, null);
  const original = readTemplate(body);
  const transforms = transformsOf(original);
  const processed = transforms.length === 0 ? original : await transformed(original, transforms, request.region);
  checkTemplate(processed);
  return { body, original, processed, transforms };
}

/** Refuses a request that lacks capabilities. */
export function refuseMissing(missing: readonly string[]): void {
  if (missing.length > 0)
    throw new ServiceError("InsufficientCapabilitiesException", `Requires capabilities : [${missing.join(", ")}]`);
}

/** A transform is a resource of its own to policies: without a permission for it, the change set fails. */
async function refuseTransforms({ world, caller, region }: Request, transforms: readonly string[]): Promise<void> {
  for (const name of transforms) {
    const resource = `arn:aws:cloudformation:${region}:aws:transform/${name.replace("AWS::", "")}`;
    const action = "cloudformation:CreateChangeSet";
    if (!(await world.permit(caller.arn, action, resource, region)))
      throw new TransformFailed(`User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource}`);
  }
}

async function transformed(original: JsonObject, transforms: string[], region: string): Promise<JsonObject> {
  try {
    return await transform(original, transforms, {}, region);
  } catch (error) {
    if (error instanceof TransformFailed) throw invalid(error.message);
    throw error;
  }
}

function tagsOf(input: JsonObject): Map<string, string> {
  const tags = new Map<string, string>();
  for (const tag of objectsOf(input, "Tags")) {
    const [key = "", value = ""] = [textOf(tag, "Key"), textOf(tag, "Value")];
    if (key.startsWith("aws:")) throw invalid("Tag keys that begin with aws: are reserved for the service");
    if (tags.has(key)) throw invalid(`Duplicate tag keys found: ${key}`);
    tags.set(key, value);
  }
  return tags;
}

const mostInRequest = 51_200;
const mostInBucket = 1_048_576;

async function templateBody(request: Request, stack: Stack | null): Promise<string> {
  const { input } = request;
  const [body, url, previous] = [
    textOf(input, "TemplateBody"),
    textOf(input, "TemplateURL"),
    input.UsePreviousTemplate === true,
  ];
  if ([body !== undefined, url !== undefined, previous].filter(Boolean).length !== 1)
    throw invalid("Either Template URL or Template Body must be specified.");
  if (previous) {
    if (stack?.deployment == null) throw invalid("The stack has no previous template");
    return stack.deployment.template.body;
  }
  if (body !== undefined) {
    if (Buffer.byteLength(body) > mostInRequest)
      throw invalid(
        `1 validation error detected: Value '${body.slice(0, 60)}...' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${mostInRequest}`,
      );
    return body;
  }
  const fetched = await fetchTemplate(request, url ?? "");
  if (Buffer.byteLength(fetched) > mostInBucket)
    throw invalid(`Template may not exceed ${mostInBucket} bytes in size.`);
  return fetched;
}

async function fetchTemplate(request: Request, url: string): Promise<string> {
  const at = addressOf(url);
  if (at === null) throw invalid("TemplateURL must be a supported URL.");
  const probe = { account: request.caller.account, region: request.region, name: "template" } as Stack;
  const { access, need } = request.world.placeOf(probe, "", request.caller, undefined);
  try {
    await need("s3:GetObject", `arn:aws:s3:::${at.Bucket}/${at.Key}`);
    const { Body: found } = await new S3Client({ ...access, forcePathStyle: true }).send(new GetObjectCommand(at));
    return (await found?.transformToString()) ?? "";
  } catch (error) {
    const missing = error instanceof Error && error.name === "NoSuchKey";
    throw invalid(missing ? "S3 error: The specified key does not exist." : "S3 error: Access Denied");
  }
}

/** Bucket and key of an address of S3, or of an emulator on this machine; null for every other one. */
function addressOf(url: string): { Bucket: string; Key: string } | null {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null) return null;
  const path = decodeURIComponent(parsed.pathname).slice(1);
  const virtual = /^(.+)\.s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com$/.exec(parsed.hostname)?.[1];
  if (virtual !== undefined) return { Bucket: virtual, Key: path };
  if (!/^s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com$/.test(parsed.hostname) && parsed.hostname !== "127.0.0.1") return null;
  const slash = path.indexOf("/");
  return slash < 1 ? null : { Bucket: path.slice(0, slash), Key: path.slice(slash + 1) };
}
