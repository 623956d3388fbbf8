import type { Asked } from "../../model/asked.ts";
import { credentialKind, hidesItsBase } from "../../model/credential-kind.ts";
import { type AccessKey, maskedKey, type Signer, secondsSince } from "../../model/credentials.ts";
import { lastUse, listAccessKeys } from "./access-keys.ts";
import { ask } from "./ask.ts";
import type { Identity } from "./identity.ts";
import { AwsSession } from "./session.ts";

export interface SignerOptions {
  now: Date;
  /** Also ask when each key was last used: one call for each. */
  lastUse: boolean;
}

export interface Signers {
  signer: Asked<Signer>;
  /** Behind a role that is entered: whose credentials it is entered with; null where none is. */
  base: Asked<Signer> | null;
  /** What must be hidden wherever it turns up: keys and tokens. */
  secrets: string[];
}

/** Reads who signs an environment's calls, and who stands behind the role that is entered. Asks IAM only about a user's own keys. */
export async function readSigners(session: AwsSession, options: SignerOptions): Promise<Signers> {
  const own = await readSigner(session, options);
  const { role: _role, ...entered } = session.setting;
  if (session.setting.role === undefined) return { ...own, base: own.hidden ? hiddenBase : null };
  const below = new AwsSession(entered);
  try {
    const base = await readSigner(below, options);
    return { signer: own.signer, base: base.signer, secrets: [...own.secrets, ...base.secrets] };
  } finally {
    below.close();
  }
}

const hiddenBase: Asked<never> = {
  state: "unknown",
  code: "credentials-unread",
  reason:
    "the profile enters a role by itself, and the SDK does not show with which credentials; name the source profile as `aws.profile` and the role as `aws.role`, and their age is read too",
};

interface OneSigner {
  signer: Asked<Signer>;
  secrets: string[];
  hidden: boolean;
}

async function readSigner(session: AwsSession, options: SignerOptions): Promise<OneSigner> {
  const identity = await ask("the credentials", async () => await session.identity());
  if (identity.state === "unknown") return { signer: identity, secrets: [], hidden: false };
  const secrets = secretsOf(identity.value);
  const marks = Object.keys(identity.value.$source ?? {});
  const hidden = hidesItsBase(marks);
  const caller = await ask("sts:GetCallerIdentity", async () => await session.caller());
  if (caller.state === "unknown") return { signer: caller, secrets, hidden };
  const { account, arn } = caller.value;
  const { accessKeyId, sessionToken, expiration } = identity.value;
  const signer: Signer = {
    ...credentialKind({ marks, arn, session: sessionToken !== undefined }),
    keyId: maskedKey(accessKeyId),
    expiresAt: expiration?.toISOString() ?? null,
    account,
    arn,
    keys: ownsKeys(arn) ? await readKeys(session, identity.value, options) : null,
  };
  return { signer: { state: "read", value: signer }, secrets, hidden };
}

function secretsOf({ accessKeyId, secretAccessKey, sessionToken }: Identity): string[] {
  return [accessKeyId, secretAccessKey, ...(sessionToken === undefined ? [] : [sessionToken])];
}

/** Users have static keys, and so has the account itself; the session of a role has none. */
function ownsKeys(arn: string): boolean {
  return /^arn:[\w-]+:iam::\d{12}:(user\/|root$)/.test(arn);
}

async function readKeys(
  session: AwsSession,
  { accessKeyId }: Identity,
  { now, lastUse: asksUse }: SignerOptions,
): Promise<Asked<AccessKey[]>> {
  const listed = await ask("iam:ListAccessKeys", async () => await listAccessKeys(session));
  if (listed.state === "unknown") return listed;
  const keys = listed.value.map(async ({ id, active, createdAt }): Promise<AccessKey> => {
    const inUse = id === accessKeyId;
    const lastUsed = asksUse ? await ask("iam:GetAccessKeyLastUsed", async () => await lastUse(session, id)) : notAsked;
    return { id: maskedKey(id), inUse, active, createdAt, ageSeconds: secondsSince(createdAt, now), lastUsed };
  });
  return { state: "read", value: await Promise.all(keys) };
}

const notAsked: Asked<never> = { state: "unknown", code: "credentials-unread", reason: "it was not asked for" };
