import { z } from "zod";
import { PlanId, shortHash } from "./plan-id.ts";
import { shortCommit } from "./revision.ts";

/** Somebody whose signed approvals count, and the key that they sign with. */
export interface Approver {
  name: string;
  /** A public key of SSH: its type and its base64. */
  key: string;
}

/** What an environment wants of approvals. */
export interface ApprovalRule {
  /** How long one counts, seconds; undefined: until it is used. */
  withinSeconds?: number | undefined;
  /** Only one that is signed with a listed key counts. */
  signed: boolean;
  /** Only theirs count; undefined: anybody's. */
  by?: readonly string[] | undefined;
}

/** What was found out about the signature of an approval. */
export const Signature = z.discriminatedUnion("state", [
  z.object({ state: z.literal("unsigned") }),
  z
    .object({ state: z.literal("good"), name: z.string(), key: z.string(), branch: z.string() })
    .describe("signed with the key that the manifest on the protected branch lists for this name"),
  z.object({ state: z.literal("unlisted"), key: z.string(), branch: z.string() }).describe("no key of that manifest"),
  z.object({ state: z.literal("bad"), why: z.string() }).describe("altered, or of something else"),
  z.object({ state: z.literal("unread"), why: z.string() }).describe("it could not be checked"),
]);
export type Signature = z.infer<typeof Signature>;

/** A person's word that one plan may be carried out once. */
export const Approval = z.object({
  id: z.string().describe("a ULID"),
  plan: PlanId,
  commit: z.string().describe("the revision's commit"),
  who: z.string(),
  at: z.string(),
  reason: z.string(),
  signed: z.string().optional().describe("the ledger's commit that the approver signed; absent: nobody did"),
  used: z
    .object({ rollout: z.string(), at: z.string(), signature: Signature })
    .optional()
    .describe("the rollout that ended proven with it, and what that one found of its signature"),
  withdrawn: z.object({ who: z.string(), at: z.string(), reason: z.string() }).optional(),
});
export type Approval = z.infer<typeof Approval>;

/** What is recorded of approvals outside of rollouts. */
export const ApprovalEvent = z.discriminatedUnion("event", [
  z.object({ event: z.literal("approved"), at: z.string(), approval: Approval }),
  z.object({
    event: z.literal("approval-withdrawn"),
    at: z.string(),
    approval: z.string(),
    who: z.string(),
    reason: z.string(),
  }),
]);
export type ApprovalEvent = z.infer<typeof ApprovalEvent>;

/** An approval with what was found out about it. */
export interface CheckedApproval {
  approval: Approval;
  signature: Signature;
}

/** The approval that a rollout was let through by: what the record keeps of it. */
export const ApprovalUse = z.object({
  id: z.string(),
  plan: z.string().describe("the plan's hash"),
  who: z.string(),
  at: z.string(),
  reason: z.string(),
  signature: Signature,
});
export type ApprovalUse = z.infer<typeof ApprovalUse>;

/** Whether it can still let a rollout through. */
export function isOpen({ used, withdrawn }: Approval): boolean {
  return used === undefined && withdrawn === undefined;
}

/** How outputs name the plan that was approved: `plan 1f2e3d4c5b6a (3f9c2e1)`. */
export function planName({ plan, commit }: Pick<Approval, "plan" | "commit">): string {
  return `plan ${shortHash(plan.hash)} (${shortCommit(commit)})`;
}

/** Who approved, and what that is worth: the one sentence of plan, deploy and history. */
export function approvedBy({ who, signature }: { who: string; signature: Signature }): string {
  if (signature.state === "good")
    return `approved by ${signature.name} (signed, key ${signature.key} on ${signature.branch})`;
  return `approved by ${who} (advisory: ${weakness(signature)}; whoever may push to the ledger could have written it)`;
}

/** Why a signature does not count. */
export function weakness(signature: Exclude<Signature, { state: "good" }>): string {
  switch (signature.state) {
    case "unsigned":
      return "not signed";
    case "unlisted":
      return `signed with ${signature.key}, which the manifest on ${signature.branch} does not list`;
    case "bad":
      return `its signature does not hold: ${signature.why}`;
    case "unread":
      return `its signature could not be checked: ${signature.why}`;
  }
}

/** What an approver puts a name to: everything that it must not be taken for something else by. */
export interface Statement {
  id: string;
  application: string;
  environment: string;
  /** The ledger's id. */
  ledger: string;
  plan: string;
  commit: string;
  who: string;
  at: string;
  reason: string;
}

/** The message of the commit that is signed: a line for people, then the statement. */
export function statementText(statement: Statement): string {
  const { id, who, plan, commit, environment, reason } = statement;
  const why = reason.replace(/[\p{Cc}\s]+/gu, " ").trim();
  const line = `${id}: ${who} approves plan ${shortHash(plan)} of ${shortCommit(commit)} for ${environment}: ${why}`;
  return `${line}\n\n${JSON.stringify(ordered(statement))}\n`;
}

/** What of a signed message is not what it is used for; empty when all of it is. */
export function statementDifferences(message: string, expected: Statement): string[] {
  let said: unknown;
  try {
    said = JSON.parse(message.slice(message.indexOf("\n\n") + 2));
  } catch {
    return ["it holds no statement"];
  }
  const given = new Map(Object.entries(typeof said === "object" && said !== null ? said : {}));
  return Object.entries(ordered(expected))
    .filter(([key, value]) => given.get(key) !== value)
    .map(([key, value]) => `it is about ${key} ${shown(given.get(key))}, not ${shown(value)}`);
}

function ordered({ id, application, environment, ledger, plan, commit, who, at, reason }: Statement): Statement {
  return { id, application, environment, ledger, plan, commit, who, at, reason };
}

function shown(value: unknown): string {
  return typeof value === "string" && /^[0-9a-f]{40,}$/.test(value) ? shortHash(value) : String(value);
}
