import { allPages, errorName } from "./ask.ts";
import { awsError } from "./errors.ts";
import type { AwsSession } from "./session.ts";

/** What Lambda says of one version of a layer. */
export interface LayerVersion {
  arn: string;
  version: number;
  /** SHA-256 of the zip, hex, as Lambda counted it. */
  sha256: string;
  bytes: number;
  description: string;
  runtimes: string[];
  architectures: string[];
  created: string;
}

/** A version as lists tell of it: without its content's digest. */
export type ListedLayerVersion = Omit<LayerVersion, "sha256" | "bytes">;

/**
 * Reads one version of a layer; null when Lambda has none of that name.
 * https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersion.html
 */
export async function getLayerVersion(
  session: AwsSession,
  arn: string,
  signal: AbortSignal,
): Promise<LayerVersion | null> {
  const { layer, version } = layerOf(arn);
  if (version === null) return null;
  const { sdk, client } = await session.open("lambda");
  try {
    const command = new sdk.GetLayerVersionCommand({ LayerName: layer, VersionNumber: version });
    const answer = await client.send(command, { abortSignal: signal });
    const { CodeSha256 = "", CodeSize = -1 } = answer.Content ?? {};
    const sha256 = Buffer.from(CodeSha256, "base64").toString("hex");
    return { ...listed(answer), arn: answer.LayerVersionArn ?? arn, sha256, bytes: CodeSize };
  } catch (error) {
    if (isMissing(error)) return null;
    throw awsError("lambda:GetLayerVersion", error);
  }
}

/** All versions of a layer that are still there, newest first; none when there is no such layer. */
export async function listLayerVersions(
  session: AwsSession,
  layer: string,
  signal: AbortSignal,
): Promise<ListedLayerVersion[]> {
  const { sdk, client } = await session.open("lambda");
  const pages = sdk.paginateListLayerVersions({ client }, { LayerName: layer }, { abortSignal: signal });
  try {
    const found = await allPages(pages, (page) => page.LayerVersions);
    return found.map(listed).sort((a, b) => b.version - a.version);
  } catch (error) {
    if (isMissing(error)) return [];
    throw awsError("lambda:ListLayerVersions", error);
  }
}

/** A version's ARN in its layer (name or ARN without the version) and number. */
export function layerOf(arn: string): { layer: string; version: number | null } {
  const [, layer = arn, version] = /^(arn:[^:]*:lambda:[^:]*:[^:]*:layer:[^:]+):(\d+)$/.exec(arn) ?? [];
  return { layer, version: version === undefined ? null : Number(version) };
}

interface Answered {
  LayerVersionArn?: string | undefined;
  Version?: number | undefined;
  Description?: string | undefined;
  CompatibleRuntimes?: readonly string[] | undefined;
  CompatibleArchitectures?: readonly string[] | undefined;
  CreatedDate?: string | undefined;
}

function listed(answer: Answered): ListedLayerVersion {
  return {
    arn: answer.LayerVersionArn ?? "",
    version: answer.Version ?? 0,
    description: answer.Description ?? "",
    runtimes: [...(answer.CompatibleRuntimes ?? [])],
    architectures: [...(answer.CompatibleArchitectures ?? [])],
    created: answer.CreatedDate ?? "",
  };
}

function isMissing(error: unknown): boolean {
  return errorName(error) === "ResourceNotFoundException";
}
