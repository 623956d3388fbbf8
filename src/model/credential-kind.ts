import type { CredentialKind } from "./credentials.ts";

/** What is seen of credentials without asking IAM anything. */
export interface CredentialSigns {
  /** The SDK's own marks of how its chain found them: the keys of `$source`. */
  marks: readonly string[];
  /** Whose they are, as STS says. */
  arn: string;
  /** Whether they are a session's: static keys have no session token. */
  session: boolean;
}

/**
 * The SDK's marks (`AwsSdkCredentialsFeatures` of `@aws-sdk/types`), the outermost first: what gave the credentials, and
 * the kind that follows from it. The others say only where they lay.
 */
const byMark: readonly (readonly [mark: string, found: string, kind?: CredentialKind])[] = [
  ["CREDENTIALS_STS_ASSUME_ROLE_WEB_ID", "a web identity token", "web identity (OIDC)"],
  ["CREDENTIALS_ENV_VARS_STS_WEB_ID_TOKEN", "AWS_WEB_IDENTITY_TOKEN_FILE", "web identity (OIDC)"],
  ["CREDENTIALS_PROFILE_STS_WEB_ID_TOKEN", "a profile's web identity token", "web identity (OIDC)"],
  ["CREDENTIALS_SSO", "single sign-on", "single sign-on"],
  ["CREDENTIALS_SSO_LEGACY", "single sign-on", "single sign-on"],
  ["CREDENTIALS_PROFILE_SSO", "a profile", "single sign-on"],
  ["CREDENTIALS_PROFILE_SSO_LEGACY", "a profile", "single sign-on"],
  ["CREDENTIALS_LOGIN", "`aws login`", "console login"],
  ["CREDENTIALS_PROFILE_LOGIN", "a profile", "console login"],
  ["CREDENTIALS_IMDS", "the instance's metadata", "instance role"],
  ["CREDENTIALS_HTTP", "the container's credentials address", "container role"],
  ["CREDENTIALS_STS_ASSUME_ROLE", "sts:AssumeRole", "assumed role"],
  ["CREDENTIALS_PROFILE_SOURCE_PROFILE", "a profile's `source_profile` or `credential_source`"],
  ["CREDENTIALS_PROCESS", "a process", "process"],
  ["CREDENTIALS_PROFILE_PROCESS", "a profile's `credential_process`", "process"],
  ["CREDENTIALS_PROFILE", "a profile of the AWS files"],
  ["CREDENTIALS_ENV_VARS", "environment variables"],
];

/** What kind of credentials these are, and how they were found. */
export function credentialKind({ marks, arn, session }: CredentialSigns): { kind: CredentialKind; found: string } {
  const told = byMark.filter(([mark]) => marks.includes(mark));
  const kind = told.flatMap(([, , of]) => of ?? [])[0] ?? kindOfArn(arn, session);
  const found = [...new Set(told.map(([, words]) => words))].join(", ");
  return { kind, found: found === "" ? "not told by the SDK" : found };
}

/** A role of IAM Identity Center is named so: it is entered by signing on, whoever hands its session out. */
const singleSignOn = /:assumed-role\/AWSReservedSSO_/;
/** The session of an instance's role is named after the instance. */
const instanceSession = /:assumed-role\/[^/]+\/i-[0-9a-f]{8,}$/;

function kindOfArn(arn: string, session: boolean): CredentialKind {
  if (singleSignOn.test(arn)) return "single sign-on";
  if (instanceSession.test(arn)) return "instance role";
  if (arn.includes(":assumed-role/")) return "assumed role";
  if (arn.includes(":federated-user/")) return "federated user";
  if (!session) return "static key";
  return arn.includes(":user/") || isRoot(arn) ? "session of a user" : "unknown";
}

/** Whether these are the keys of the account itself, which no policy holds back. */
export function isRoot(arn: string): boolean {
  return /^arn:[\w-]+:iam::\d{12}:root$/.test(arn);
}

/** Whether a role was entered with credentials that the profile names, which the SDK does not show. */
export function hidesItsBase(marks: readonly string[]): boolean {
  return marks.includes("CREDENTIALS_PROFILE_SOURCE_PROFILE");
}
