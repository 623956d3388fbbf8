import { git } from "../io/git.ts";
import type { GitReader } from "../io/git-reader.ts";
import type { Owner } from "../model/rollout.ts";
import { durable, identity, writeFailed } from "./durable.ts";
import { damaged, isRecord, parseJson } from "./parse.ts";
import { lockRef } from "./refs.ts";
import type { Unlock } from "./unlocks.ts";

/** What the lock's ref holds. After a release it stays, for the token: it only grows. */
export interface LeaseRecord {
  token: number;
  /** Grows with each renewal, and never starts again. */
  heartbeat: number;
  holder: { owner: Owner; rollout: string; since: string } | null;
  /** That it was broken, until it is taken again: what the former holder is told. */
  unlocked?: Unlock;
}

/** A lease record with the value of the ref it was read from: the one to move it from. */
export interface LeaseRead extends LeaseRecord {
  id: string;
}

/** Reads a lease by the name or the id of its commit, the lock's ref by default; null when there is none. */
export async function readLease(
  reader: GitReader,
  environment: string,
  name: string = lockRef(environment),
): Promise<LeaseRead | null> {
  const commit = await reader.read(name);
  if (commit === null) return null;
  const text = commit.content.toString("utf8");
  const record = parseJson(text.slice(text.indexOf("\n\n") + 2));
  if (!isLease(record)) throw damaged(environment, "the lock");
  return { ...record, id: commit.id };
}

/**
 * Stores a lease record and gives its id. It is a commit of no files whose message is the record: any git host takes it,
 * and `git show refs/landfall/lock/ENV` prints it. Without a parent old heartbeats are garbage to git; with the former
 * lease as its parent it can be pushed to a host that takes nothing by force. Throws `ledger-write-failed`.
 */
export async function storeLease(repository: string, record: LeaseRecord, parent: string | null): Promise<string> {
  try {
    const tree = (await git(repository, ["hash-object", "-t", "tree", "-w", "--stdin"])).trim();
    const who = identity(new Date());
    const from = parent === null ? "" : `parent ${parent}\n`;
    const commit = `tree ${tree}\n${from}author ${who}\ncommitter ${who}\n\n${JSON.stringify(record, null, 1)}\n`;
    return (
      await git(repository, [...durable, "hash-object", "-t", "commit", "-w", "--stdin"], { input: commit })
    ).trim();
  } catch (error) {
    throw writeFailed("the lock could not be written", error);
  }
}

function isLease(value: unknown): value is LeaseRecord {
  if (!isRecord(value) || !Number.isSafeInteger(value.token) || !Number.isSafeInteger(value.heartbeat)) return false;
  const holder = value.holder;
  if (holder === null) return true;
  return isRecord(holder) && typeof holder.rollout === "string" && isOwner(holder.owner);
}

function isOwner(value: unknown): value is Owner {
  return (
    isRecord(value) &&
    ["who", "host", "boot"].every((key) => typeof value[key] === "string") &&
    Number.isSafeInteger(value.pid)
  );
}
