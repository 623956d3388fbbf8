import { GitError, git } from "../io/git.ts";
import { type GitReader, openGitReader } from "../io/git-reader.ts";
import { type UserError, userError } from "../model/errors.ts";
import type { State } from "../model/state.ts";
import { readThroughRef } from "./move-ref.ts";
import { damaged, parseState } from "./parse.ts";
import type { Place } from "./place.ts";
import { agreedRef, ledgerRef, seenRef } from "./refs.ts";

/** An environment's record as it is now: its newest commit and the state in it. */
export interface Head {
  commit: string;
  state: State;
}

/**
 * Reads the head; null when nothing was ever recorded. The record may only grow: a head that does not descend from the
 * last one seen in this clone throws `ledger-rewritten`, a record that cannot be read `ledger-damaged`.
 */
export async function readHead(place: Place): Promise<Head | null> {
  return await withReader(place.repository, (reader) => readHeadWith(reader, place));
}

/** The same with a reader that is already there. */
export async function readHeadWith(reader: GitReader, place: Place): Promise<Head | null> {
  const { repository, environment, remote } = place;
  // In this order: a head read before could be older than what another reader has seen meanwhile.
  const seen = await reader.read(remote ? agreedRef(remote.key, environment) : seenRef(environment));
  const head = await readThroughRef(
    (name) => reader.read(name),
    repository,
    ledgerRef(environment),
    () => damaged(environment, "its newest commit"),
  );
  if (head === null) {
    if (seen !== null) throw rewritten(environment, "it is gone");
    return null;
  }
  const blob = await reader.read(`${head.id}:state.json`);
  if (blob === null) throw damaged(environment, "state.json");
  const state = parseState(environment, blob.content.toString("utf8"));
  if (seen?.id !== head.id) await remember(place, head.id, seen?.id ?? null);
  return { commit: head.id, state };
}

/** Reads with one git process. Throws `not-a-repository` where git finds none, or none that it may read. */
export async function withReader<T>(repository: string, use: (reader: GitReader) => Promise<T>): Promise<T> {
  const reader = openGitReader(repository);
  try {
    return await inRepository(repository, use(reader));
  } finally {
    reader.close();
  }
}

/** Turns git's refusal to work in a folder into a user's error. */
export async function inRepository<T>(repository: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof GitError && /not a git repository|dubious ownership/.test(error.message))) throw error;
    const message = /dubious ownership/.test(error.message)
      ? error.message
      : `${repository} is not inside a git repository`;
    throw userError("invalid", "not-a-repository", message, {
      fix: "run this inside a clone, or name one with -C DIR",
    });
  }
}

async function remember({ repository, environment, remote }: Place, head: string, seen: string | null): Promise<void> {
  if (seen !== null && !(await descends(repository, head, seen)))
    throw rewritten(environment, `it no longer holds ${seen.slice(0, 12)}`);
  // Where the record is shared, only what the remote has counts as seen: what is recorded here may yet move on top of it.
  if (remote) return;
  // Another reader may have been faster, and a clone that cannot be written (a read-only mount) is still read.
  const from = seen ?? "0".repeat(head.length);
  await git(repository, ["update-ref", seenRef(environment), head, from]).catch(() => {});
}

/** Whether a commit holds another in its history. Status 128 is git's word for an object that is not there: that is no descent either. */
export async function descends(repository: string, head: string, from: string): Promise<boolean> {
  if (head === from) return true;
  const common = await git(repository, ["merge-base", from, head], { allowStatus: [1, 128] });
  return common.trim() === from;
}

/** The alarm: a record may only grow. */
export function rewritten(environment: string, how: string): UserError {
  return userError(
    "blocked",
    "ledger-rewritten",
    `the ledger of ${environment} was rewritten since it was last read here: ${how}`,
  );
}
