import type { AwsSetting } from "../../model/aws.ts";
import { awsError } from "./errors.ts";
import { patience } from "./patience.ts";

/** What calls are signed with. Never printed, logged or recorded. */
export interface Identity {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  expiration?: Date;
  /** How the SDK's chain came to it: its own marks. */
  $source?: Readonly<Record<string, unknown>>;
}

/** Where an environment's credentials come from. */
export interface IdentityChain {
  /** The credentials of now. Asked for once more when they are about to expire. */
  identity(): Promise<Identity>;
  /** The region that the surroundings are set to, if any. */
  region(): Promise<string | null>;
}

/** Credentials that end within this time are renewed first. Milliseconds. */
const margin = 60_000;

/** The SDK's own chain, with the environment's profile, and its role on top. Nothing is loaded before it is needed. */
export function identityChain(setting: AwsSetting): IdentityChain {
  let known: Promise<Identity> | null = null;
  let ends = Number.POSITIVE_INFINITY;

  async function identity(): Promise<Identity> {
    if (known && Date.now() < ends - margin) return await known;
    ends = Number.POSITIVE_INFINITY;
    known = renewed();
    return await known;
  }

  async function renewed(): Promise<Identity> {
    try {
      const found = await fetchIdentity(setting);
      ends = found.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
      return found;
    } catch (error) {
      known = null;
      throw awsError(whereFrom(setting), error, "aws-no-credentials");
    }
  }

  let around: Promise<string | null> | null = null;
  const region = async () => {
    around ??= regionAround(setting);
    return await around;
  };

  return { identity, region };
}

/** What the SDK takes for the region where nobody names one: a variable, or the profile. */
async function regionAround({ profile }: AwsSetting): Promise<string | null> {
  const { STSClient } = await import("@aws-sdk/client-sts");
  const client = new STSClient(profile === undefined ? {} : { profile });
  try {
    return await client.config.region();
  } catch {
    return null; // None is set: nothing contradicts the manifest.
  } finally {
    client.destroy();
  }
}

async function fetchIdentity({ profile, role, region, endpoint }: AwsSetting): Promise<Identity> {
  const { fromNodeProviderChain, fromTemporaryCredentials } = await import("@aws-sdk/credential-providers");
  const clientConfig = { region, requestHandler: patience, ...(endpoint === undefined ? {} : { endpoint }) };
  const own = fromNodeProviderChain({
    clientConfig,
    ...(profile === undefined ? {} : { profile }),
    ...(await webIdentityAt(clientConfig)),
  });
  if (role === undefined) return (await own()) as Identity;
  const params = { RoleArn: role, RoleSessionName: "landfall" };
  return (await fromTemporaryCredentials({ masterCredentials: own, params, clientConfig })()) as Identity;
}

/** For the web identity of a profile the chain passes the endpoint over, and would ask the real service. */
async function webIdentityAt(clientConfig: { region: string; endpoint?: string }) {
  if (clientConfig.endpoint === undefined) return {};
  const { getDefaultRoleAssumerWithWebIdentity } = await import("@aws-sdk/client-sts");
  return { roleAssumerWithWebIdentity: getDefaultRoleAssumerWithWebIdentity(clientConfig) };
}

/** Says where the credentials come from, as the manifest and the surroundings have it. */
export function whereFrom({ profile, role }: AwsSetting): string {
  const base = profile === undefined ? surroundings() : `the profile \`${profile}\``;
  return role === undefined ? base : `the role ${role}, entered with ${base},`;
}

function surroundings(): string {
  const { AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN } = process.env;
  if (AWS_PROFILE) return `the profile \`${AWS_PROFILE}\` (AWS_PROFILE)`;
  if (AWS_ACCESS_KEY_ID) return "AWS_ACCESS_KEY_ID";
  if (AWS_WEB_IDENTITY_TOKEN_FILE) return `the web identity for ${AWS_ROLE_ARN ?? "a role"}`;
  return "the SDK's own chain of credentials";
}
