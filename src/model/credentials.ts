import type { Asked } from "./asked.ts";
import type { Finding } from "./finding.ts";

/** How old an environment's credentials may be. */
export interface CredentialsRule {
  maxAgeSeconds: number;
  /** True: an access key that is older, or of unknown age, refuses a deploy. */
  block: boolean;
  /** Names of secrets whose versions are shown. */
  secrets: readonly string[];
}

/** What kind of thing signs the calls. */
export type CredentialKind =
  | "static key"
  | "session of a user"
  | "web identity (OIDC)"
  | "assumed role"
  | "single sign-on"
  | "process"
  | "instance role"
  | "container role"
  | "console login"
  | "federated user"
  | "unknown";

/** Who signs, and how the credentials were found. Nothing here opens anything. */
export interface Signer {
  kind: CredentialKind;
  /** The links of the SDK's chain that gave them, in plain words. */
  found: string;
  /** The access key's id without all but its last four characters. */
  keyId: string;
  /** When the session ends, ISO 8601; null: it does not end by itself, or nobody said so. */
  expiresAt: string | null;
  account: string;
  arn: string;
  /** The static keys of the user behind it; null where the signer has none of its own, such as a role. */
  keys: Asked<AccessKey[]> | null;
}

/** A user's static access key. */
export interface AccessKey {
  /** Its last four characters, after an ellipsis. */
  id: string;
  /** Whether these are the credentials that are in use. */
  inUse: boolean;
  active: boolean;
  /** ISO 8601. */
  createdAt: string;
  ageSeconds: number;
  /** Null within: never used. Null: it was not asked for. */
  lastUsed: Asked<LastUse | null> | null;
}

export interface LastUse {
  /** ISO 8601. */
  at: string;
  service: string;
  region: string;
}

/** A secret, by its name and its versions: never its value. */
export interface SecretAnswer {
  name: string;
  /** Null: there is no secret of this name. */
  versions: Asked<SecretVersion[] | null>;
}

export interface SecretVersion {
  id: string;
  /** Such as `AWSCURRENT`. */
  stages: string[];
  /** ISO 8601; null: the service did not say. */
  createdAt: string | null;
}

/** The answer of `landfall credentials`. */
export interface CredentialsAnswer {
  environment: string;
  /** When it was read, ISO 8601. */
  at: string;
  region: string;
  rule: CredentialsRule;
  /** The environment's account, as the manifest has it. */
  account: string;
  signer: Asked<Signer>;
  /** Behind a role: whose credentials it is entered with; null where no role is entered. */
  base: Asked<Signer> | null;
  secrets: SecretAnswer[];
  findings: Finding[];
}

/** An access key's id, told apart by its last four characters. */
export function maskedKey(id: string): string {
  return `…${id.slice(-4)}`;
}

/** Seconds from one moment to another; 0 where a clock runs ahead. */
export function secondsSince(from: string, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - Date.parse(from)) / 1000));
}
