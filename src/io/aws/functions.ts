import { allPages, errorName } from "./ask.ts";
import { layerOf } from "./lambda.ts";
import { principalsOf } from "./layer-policy.ts";
import type { AwsSession } from "./session.ts";

/** One version of a function, as Lambda lists it. */
export interface FunctionVersion {
  name: string;
  /** Without a version. */
  arn: string;
  /** `$LATEST` or a number. */
  version: string;
  runtime: string;
  /** ARNs of layer versions, as far as the function is not a container image. */
  layers: string[];
}

/**
 * All functions of the account and region, each with `$LATEST` and every version that was published. Throws what the SDK
 * throws. https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html (`FunctionVersion`)
 */
export async function listFunctionVersions(session: AwsSession, signal: AbortSignal): Promise<FunctionVersion[]> {
  const { sdk, client } = await session.open("lambda");
  const pages = sdk.paginateListFunctions({ client }, { FunctionVersion: "ALL" }, { abortSignal: signal });
  const listed = await allPages(pages, (page) => page.Functions);
  return listed.map(({ FunctionName: name, FunctionArn = "", Version: version, Runtime = "", Layers = [] }) => {
    if (name === undefined || version === undefined) throw new Error("Lambda lists a function without name or version");
    const layers = Layers.flatMap(({ Arn }) => Arn ?? []);
    return { name, arn: unqualified(FunctionArn), version, runtime: Runtime, layers };
  });
}

/** `arn:aws:lambda:REGION:ACCOUNT:function:NAME`, without the version that may follow. */
function unqualified(arn: string): string {
  return arn.split(":").slice(0, 7).join(":");
}

/** Which versions each alias of a function leads to: one, or two while traffic is shifted. Throws what the SDK throws. */
export async function listAliases(
  session: AwsSession,
  name: string,
  signal: AbortSignal,
): Promise<{ name: string; versions: string[] }[]> {
  const { sdk, client } = await session.open("lambda");
  const pages = sdk.paginateListAliases({ client }, { FunctionName: name }, { abortSignal: signal });
  const listed = await allPages(pages, (page) => page.Aliases);
  return listed.map(({ Name = "", FunctionVersion = "", RoutingConfig }) => ({
    name: Name,
    versions: [FunctionVersion, ...Object.keys(RoutingConfig?.AdditionalVersionWeights ?? {})],
  }));
}

/**
 * Whom a layer version is open to beyond its account: account numbers, organisations, or `*`. None: it has no policy.
 * Throws what the SDK throws. https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionPolicy.html
 */
export async function layerIsOpenTo(session: AwsSession, arn: string, signal: AbortSignal): Promise<string[]> {
  const { layer, version } = layerOf(arn);
  if (version === null) throw new Error(`${arn} names no version of a layer`);
  const { sdk, client } = await session.open("lambda");
  try {
    const command = new sdk.GetLayerVersionPolicyCommand({ LayerName: layer, VersionNumber: version });
    const { Policy } = await client.send(command, { abortSignal: signal });
    return Policy === undefined ? [] : principalsOf(Policy, session.setting.account);
  } catch (error) {
    if (errorName(error) === "ResourceNotFoundException") return [];
    throw error;
  }
}
