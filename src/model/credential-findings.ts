import { type Asked, type Unanswered, whyUnknown } from "./asked.ts";
import { isRoot } from "./credential-kind.ts";
import type { AccessKey, CredentialsRule, SecretAnswer, Signer } from "./credentials.ts";
import { secondsSince } from "./credentials.ts";
import type { Finding } from "./finding.ts";

/** What is to be said of who signs, and of whose credentials stand behind the role that is entered. */
export function signersFindings(
  { signer, base }: { signer: Asked<Signer>; base: Asked<Signer> | null },
  rule: CredentialsRule,
): Finding[] {
  const of = (asked: Asked<Signer>, what: string) =>
    asked.state === "unknown" ? [unread(what, asked, rule)] : signerFindings(asked.value, rule);
  const own = of(signer, "whose credentials these are");
  return base === null ? own : [...own, ...of(base, "the credentials that the role is entered with")];
}

/** What is to be said of one who signs: keys that are too old, a second active key, and what could not be read. */
function signerFindings(signer: Signer, rule: CredentialsRule): Finding[] {
  const { keys, keyId, arn } = signer;
  const root: Finding[] = isRoot(arn) ? [rootFinding(signer)] : [];
  if (keys === null) return root;
  if (keys.state === "unknown") return [...root, unread(`the age of access key ${keyId}`, keys, rule)];
  const inUse = keys.value.find((key) => key.inUse);
  if (!inUse) {
    const reason = "IAM does not list it among the user's keys";
    return [...root, unread(`the age of access key ${keyId}`, { state: "unknown", code: "aws-failed", reason }, rule)];
  }
  const others = keys.value.filter((key) => key.active && !key.inUse);
  return [...root, ...ageFinding(inUse, rule), ...others.map(secondKey), ...keys.value.flatMap(useUnread)];
}

/** Something that cannot be read is never taken for good; where an old key would refuse a deploy, an unknown one does. */
function unread(what: string, unanswered: Unanswered, rule: Pick<CredentialsRule, "block">): Finding {
  return {
    code: "credentials-unread",
    level: rule.block ? "block" : "note",
    message: `${what} cannot be read: ${whyUnknown(unanswered)}`,
    ...(unanswered.permission === undefined ? {} : { fix: `allow ${unanswered.permission}` }),
  };
}

function ageFinding({ id, ageSeconds }: AccessKey, rule: CredentialsRule): Finding[] {
  if (ageSeconds <= rule.maxAgeSeconds) return [];
  return [
    {
      code: "credentials-old",
      level: rule.block ? "block" : "warning",
      message: `access key ${id} is ${days(ageSeconds)} old; the limit is ${days(rule.maxAgeSeconds)}`,
      fix: "make a new key, use it, and delete the old one; or let the job take a role by its web identity",
    },
  ];
}

function secondKey({ id, ageSeconds, lastUsed }: AccessKey): Finding {
  const known = lastUsed?.state === "read" ? lastUsed : null;
  const use = known === null ? "" : known.value === null ? ", never used" : `, last used ${known.value.at}`;
  return {
    code: "second-access-key",
    level: "warning",
    message: `the user has a second active access key ${id}, ${days(ageSeconds)} old${use}`,
    fix: "delete it when nothing uses it any more",
  };
}

function useUnread({ id, lastUsed }: AccessKey): Finding[] {
  if (lastUsed?.state !== "unknown") return [];
  return [unread(`when access key ${id} was last used`, lastUsed, { block: false })];
}

function rootFinding({ account }: Signer): Finding {
  const message = `these are the keys of account ${account} itself: no policy holds them back`;
  return { code: "root-credentials", level: "warning", message, fix: "use a role or a user, and delete the keys" };
}

/** What is to be said of a secret. It refuses no deploy: only the access key opens the account. */
export function secretFindings({ name, versions }: SecretAnswer, rule: CredentialsRule, now: Date): Finding[] {
  if (versions.state === "unknown") return [unread(`secret ${name}`, versions, { block: false })];
  if (versions.value === null) {
    const message = `there is no secret ${name} in this account and region`;
    return [{ code: "secret-missing", level: "warning", message, fix: "make it, or correct its name" }];
  }
  const current = versions.value.find(({ stages }) => stages.includes("AWSCURRENT"));
  if (!current?.createdAt) {
    const reason = current ? "the service does not say when it was made" : "no version is AWSCURRENT";
    const unanswered: Unanswered = { state: "unknown", code: "aws-failed", reason };
    return [unread(`the age of secret ${name}`, unanswered, { block: false })];
  }
  const age = secondsSince(current.createdAt, now);
  if (age <= rule.maxAgeSeconds) return [];
  const message = `the current version of secret ${name} is ${days(age)} old; the limit is ${days(rule.maxAgeSeconds)}`;
  return [{ code: "credentials-old", level: "warning", message, fix: "rotate it" }];
}

/** Whole days that have passed. */
export function days(seconds: number): string {
  const whole = Math.floor(seconds / 86_400);
  return whole === 1 ? "1 day" : `${whole} days`;
}
