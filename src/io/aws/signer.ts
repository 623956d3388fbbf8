import type { Asked } from "../../model/asked.ts";
import type { AwsSetting } from "../../model/aws.ts";
import { credentialKind, hidesItsBase } from "../../model/credential-kind.ts";
import { type AccessKey, maskedKey, type Signer, secondsSince } from "../../model/credentials.ts";
import { lastUse, listAccessKeys } from "./access-keys.ts";
import { ask } from "./ask.ts";
import type { Identity } from "./identity.ts";
import { AwsSession } from "./session.ts";
import { sourceIdentity } from "./source-identity.ts";

export interface SignerOptions {
  now: Date;
  /** Also ask when each key was last used: one call for each. */
  lastUse: boolean;
  signal: AbortSignal;
}

export interface Signers {
  signer: Asked<Signer>;
  /** Behind a role that is entered: whose credentials it is entered with; null where none is. */
  base: Asked<Signer> | null;
  /** What must be hidden wherever it turns up: keys and tokens. */
  secrets: string[];
}

/**
 * Reads who signs an environment's calls, and whose credentials stand behind the role that is entered, if one is. IAM is
 * asked about a user's own keys only.
 */
export async function readSigners(session: AwsSession, options: SignerOptions): Promise<Signers> {
  const own = await readSigner(session, options);
  const base = await readBase(session.setting, own.entersRole, options);
  const secrets = [...own.secrets, ...(base?.secrets ?? [])];
  return { signer: own.signer, base: base?.signer ?? null, secrets };
}

interface OneSigner extends Pick<Signers, "signer" | "secrets"> {
  /** Whether the profile by itself enters a role, so that others' credentials stand behind it. */
  entersRole: boolean;
}

async function readBase(setting: AwsSetting, entersRole: boolean, options: SignerOptions): Promise<OneSigner | null> {
  const { role, ...entered } = setting;
  if (role !== undefined) {
    const below = await readOnce(new AwsSession(entered), options);
    return (await readBase(entered, below.entersRole, options)) ?? below;
  }
  if (!entersRole) return null;
  const source = await ask("the source profile", async () => {
    const found = await sourceIdentity(setting.profile);
    if (!found) throw new Error("the profile does not tell with which credentials it enters its role");
    return found;
  });
  if (source.state === "unknown") return { signer: source, secrets: [], entersRole };
  const chain = { identity: async () => source.value, region: async () => null };
  return await readOnce(new AwsSession(setting, chain), options);
}

async function readOnce(session: AwsSession, options: SignerOptions): Promise<OneSigner> {
  try {
    return await readSigner(session, options);
  } finally {
    session.close();
  }
}

async function readSigner(session: AwsSession, options: SignerOptions): Promise<OneSigner> {
  const identity = await ask("the credentials", async () => await session.identity());
  if (identity.state === "unknown") return { signer: identity, secrets: [], entersRole: false };
  const marks = Object.keys(identity.value.$source ?? {});
  const caller = await ask("sts:GetCallerIdentity", async () => await session.caller());
  const about = { secrets: secretsOf(identity.value), entersRole: hidesItsBase(marks) };
  if (caller.state === "unknown") return { signer: caller, ...about };
  const { account, arn } = caller.value;
  const { accessKeyId, sessionToken, expiration } = identity.value;
  const told = credentialKind({ marks, arn, session: sessionToken !== undefined });
  const value: Signer = {
    ...told,
    ...(session.setting.role === undefined ? {} : { found: "`aws.role` of the environment" }),
    keyId: maskedKey(accessKeyId),
    expiresAt: expiration?.toISOString() ?? null,
    account,
    arn,
    keys: ownsKeys(arn) ? await readKeys(session, accessKeyId, options) : null,
  };
  return { signer: { state: "read", value }, ...about };
}

function secretsOf({ accessKeyId, secretAccessKey, sessionToken }: Identity): string[] {
  return [accessKeyId, secretAccessKey, ...(sessionToken === undefined ? [] : [sessionToken])];
}

/** Users have static keys, and so has the account itself; the session of a role has none. */
function ownsKeys(arn: string): boolean {
  return /^arn:[\w-]+:iam::\d{12}:(user\/|root$)/.test(arn);
}

async function readKeys(session: AwsSession, used: string, options: SignerOptions): Promise<Asked<AccessKey[]>> {
  const listed = await ask("iam:ListAccessKeys", async () => await listAccessKeys(session, options.signal));
  if (listed.state === "unknown") return listed;
  const keys = listed.value.map(async ({ id, active, createdAt }): Promise<AccessKey> => {
    const lastUsed = options.lastUse
      ? await ask("iam:GetAccessKeyLastUsed", async () => await lastUse(session, id, options.signal))
      : null;
    const ageSeconds = secondsSince(createdAt, options.now);
    return { id: maskedKey(id), inUse: id === used, active, createdAt, ageSeconds, lastUsed };
  });
  return { state: "read", value: await Promise.all(keys) };
}
