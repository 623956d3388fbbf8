import { decodeTime } from "ulid";
import { userError } from "../model/errors.ts";

/** Where an environment's record lies. Nobody's clone fetches these refs unasked. */
export function ledgerRef(environment: string): string {
  return `${ledgerRefs}${checked(environment)}`;
}

export const ledgerRefs = "refs/landfall/ledger/";

/** The lease, apart from the record so that heartbeats neither flood it nor race it. */
export function lockRef(environment: string): string {
  return `${lockRefs}${checked(environment)}`;
}

/** The last head that this clone saw: the record may only grow from there. */
export function seenRef(environment: string): string {
  return `refs/landfall/seen/${checked(environment)}`;
}

/** The last head that this clone had from a remote, or gave it: both records hold it, and only grow from there. */
export function agreedRef(remoteKey: string, environment: string): string {
  return `${agreedRefs(remoteKey)}${checked(environment)}`;
}

export function agreedRefs(remoteKey: string): string {
  return `refs/landfall/remote/${remoteKey}/`;
}

export const lockRefs = "refs/landfall/lock/";

/** Made once and never moved, so that a proven commit can always be fetched, whatever happens to its branch. */
export function keepRef(commit: string): string {
  return `refs/landfall/keep/${commit}`;
}

/** The name under which fast-import makes commits. It is never written: what it made is known by its id alone. */
export const unwrittenRef = "refs/landfall/unwritten";

/** A rollout's folder in the tree. By month: one flat folder of thousands would be written anew with each append. */
export function rolloutFolder(rollout: string): string {
  return folderOf("rollouts", rollout);
}

/** An approval's folder in the tree. */
export function approvalFolder(approval: string): string {
  return folderOf("approvals", approval);
}

/** The file in an approval's folder that names the rollout which used it up. */
export const usedName = "used";

function folderOf(kind: string, id: string): string {
  if (!isRolloutId(id)) throw new Error(`the id in ${kind} is a ULID, not \`${id}\``);
  return `${kind}/${new Date(decodeTime(id)).toISOString().slice(0, 7)}/${id}`;
}

export function isRolloutId(text: string): boolean {
  return /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text);
}

function checked(environment: string): string {
  if (/^[a-z0-9][a-z0-9-]*$/.test(environment)) return environment;
  throw userError("invalid", "unknown-environment", `\`${environment}\` cannot be an environment's name`, {
    fix: "Use small letters, digits and dashes.",
  });
}
