import { GitError, git } from "../io/git.ts";
import { userError } from "../model/errors.ts";
import { durable, writeFailed } from "./durable.ts";
import { descends, inRepository, rewritten } from "./head.ts";
import { jitter, patient, readRef } from "./move-ref.ts";
import type { SharedPlace } from "./place.ts";
import { agreedRef, agreedRefs, ledgerRef, ledgerRefs, lockRef, lockRefs, seenRef } from "./refs.ts";
import { watchRefusals } from "./refusals.ts";
import type { CallOptions, Remote } from "./remote.ts";
import { replay } from "./replay.ts";

/** What the remote names: by environment, the head of its record and its lease. */
export interface Listing {
  environments: string[];
  lease(environment: string): string | null;
}

/**
 * Takes up what the remote has; null: for every environment. What was recorded only here is put on top of it.
 * Throws `ledger-rewritten` where the remote does not hold what this clone saw there, and what asking the remote throws.
 */
export async function takeUp(
  repository: string,
  remote: Remote,
  environments: readonly string[] | null,
  options?: CallOptions,
): Promise<Listing> {
  for (let attempt = 1; ; attempt += 1) {
    // Read before asking: whatever the remote names then must hold what was agreed by now.
    const known = await knownRefs(repository, remote);
    const wanted = environments?.flatMap((one) => [ledgerRef(one), lockRef(one)]) ?? [`${ledgerRefs}*`, `${lockRefs}*`];
    const there = await remote.list(wanted, options);
    const missing = [...there].filter(([ref, id]) => !isKnown(known, remote, ref, id)).map(([ref]) => ref);
    if (await bring(repository, remote, missing, known, there, attempt, options)) {
      const names = environments ?? named(known, there, remote);
      for (const environment of names) {
        const head = there.get(ledgerRef(environment)) ?? null;
        const agreed = known.get(agreedRef(remote.key, environment)) ?? null;
        await joinRecord({ repository, environment, remote }, head, agreed);
        await noteLease(repository, environment, there.get(lockRef(environment)) ?? null, known);
      }
      return {
        environments: names.filter((one) => there.has(ledgerRef(one)) || known.has(ledgerRef(one))),
        lease: (environment) => there.get(lockRef(environment)) ?? null,
      };
    }
  }
}

/**
 * Gives the remote what was recorded here and is not there yet. Losing to another writer, it takes up what that one wrote
 * and tries again. Throws what asking the remote throws.
 */
export async function giveRecord(place: SharedPlace, options?: CallOptions): Promise<void> {
  const { repository, environment, remote } = place;
  const refused = watchRefusals(ledgerRef(environment), remote);
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const known = await knownRefs(repository, remote, environment);
    const agreed = known.get(agreedRef(remote.key, environment)) ?? null;
    const head = known.get(ledgerRef(environment)) ?? null;
    if (head === null || head === agreed) return;
    if ((await remote.push([{ ref: ledgerRef(environment), to: head }], options)) === "pushed")
      return await agree(place, head, agreed);
    refused(agreed);
    await jitter(attempt, options?.signal);
    await takeUp(repository, remote, [environment], options);
  }
  throw userError(
    "blocked",
    "ledger-write-failed",
    `other writers moved the ledger at ${remote.shown} ${attempts} times in a row`,
  );
}

/** Brings objects that are not here. False: the refs moved meanwhile, and must be listed again. */
async function bring(
  repository: string,
  remote: Remote,
  missing: readonly string[],
  known: ReadonlyMap<string, string>,
  there: ReadonlyMap<string, string>,
  attempt: number,
  options?: CallOptions,
): Promise<boolean> {
  if (missing.length === 0) return true;
  // The last commit is enough to read and to write. Only where the clone is shallow anyway: it would make a full one shallow.
  const isFirst = missing.every((ref) => !known.has(ref));
  const shallow = isFirst && (await git(repository, ["rev-parse", "--is-shallow-repository"])).trim() === "true";
  try {
    await remote.fetch(missing, {
      ...options,
      ...(isFirst ? { timeoutSeconds: firstFetchSeconds } : {}),
      depth: shallow ? 1 : undefined,
    });
  } catch (error) {
    if (attempt >= 3) throw error;
    await jitter(attempt, options?.signal);
    return false;
  }
  const wanted = missing.map((ref) => `${there.get(ref)}^{commit}`);
  const found = await git(repository, ["cat-file", "--batch-check"], { input: `${wanted.join("\n")}\n` });
  return attempt >= attempts || !found.includes(" missing");
}

/** A large first fetch over a slow line is not a hanging one. */
const firstFetchSeconds = 300;

/** Joins the remote's head and what is recorded here, so that the record here holds both. */
async function joinRecord(place: SharedPlace, head: string | null, agreedBefore: string | null): Promise<void> {
  const { repository, environment, remote } = place;
  if (head === null && agreedBefore !== null) throw rewritten(environment, `it is gone from ${remote.shown}`);
  if (head === null || head === agreedBefore) return;
  if (agreedBefore !== null && !(await descends(repository, head, agreedBefore)))
    throw rewritten(environment, `${remote.shown} no longer holds ${agreedBefore.slice(0, 12)}`);
  let problem: unknown;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const agreed = await readRef(repository, agreedRef(remote.key, environment));
    // Another process of this clone was faster, and what it took up holds ours.
    if (agreed !== null && (await descends(repository, agreed, head))) return;
    const here = await readRef(repository, ledgerRef(environment));
    if (here === null && agreed !== null) throw rewritten(environment, "it is gone from this clone");
    const joined = await join(place, here, head);
    problem = await moveRefs(repository, [
      { ref: agreedRef(remote.key, environment), to: head, from: agreed },
      { ref: ledgerRef(environment), to: joined, from: here },
      { ref: seenRef(environment), to: joined },
    ]);
    if (problem === null) return;
    await jitter(attempt);
  }
  throw writeFailed("what the remote has could not be taken up", problem);
}

/** The commit that holds what is here and what is there. */
async function join(place: SharedPlace, here: string | null, there: string): Promise<string> {
  if (here === null) return there;
  const base = (await git(place.repository, ["merge-base", here, there], { allowStatus: [1] })).trim();
  if (base === here) return there;
  return base === there ? here : await replay(place, base || null, here, there);
}

/** Remembers that the remote has a commit; what it was seen to have before is in that one's history. */
async function agree(
  { repository, environment, remote }: SharedPlace,
  head: string,
  before: string | null,
): Promise<void> {
  const ref = agreedRef(remote.key, environment);
  let agreed = before;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    if ((await moveRefs(repository, [{ ref, to: head, from: agreed }])) === null) return;
    await jitter(attempt);
    agreed = await readRef(repository, ref);
    // Another process of this clone was faster, and what it remembered holds ours.
    if (agreed !== null && (await descends(repository, agreed, head))) return;
  }
}

/** Moves all or none. Gives null, or git's error when one of them had another value or another git was writing it. */
async function moveRefs(
  repository: string,
  moves: readonly { ref: string; to: string; from?: string | null }[],
): Promise<GitError | null> {
  const commands = moves.map(({ ref, to, from }) =>
    from === undefined ? `update ${ref} ${to}\n` : `update ${ref} ${to} ${from ?? "0".repeat(to.length)}\n`,
  );
  try {
    await git(repository, [...durable, ...patient, "update-ref", "--stdin"], { input: commands.join("") });
    return null;
  } catch (error) {
    if (error instanceof GitError && meetsAnother.test(error.message)) return error;
    throw writeFailed("what the remote has could not be taken up", error);
  }
}

const meetsAnother = /cannot lock ref(?!.*(read-only|denied|no space))|\.lock'?: File exists/i;

/** Keeps the remote's lease for when it cannot be asked: no lock is decided by this copy. */
async function noteLease(
  repository: string,
  environment: string,
  lease: string | null,
  known: ReadonlyMap<string, string>,
): Promise<void> {
  if (lease === null || lease === known.get(lockRef(environment))) return;
  await git(repository, ["update-ref", lockRef(environment), lease]).catch(() => {});
}

/** Our refs of every environment, or of one. */
async function knownRefs(repository: string, remote: Remote, environment?: string): Promise<Map<string, string>> {
  const folders = [ledgerRefs, lockRefs, agreedRefs(remote.key)];
  const wanted = environment === undefined ? folders : folders.map((folder) => `${folder}${environment}`);
  const list = git(repository, ["for-each-ref", "--format=%(refname) %(objectname)", ...wanted]);
  const lines = (await inRepository(repository, list)).split("\n").filter(Boolean);
  return new Map(lines.map((line): [string, string] => [line.split(" ")[0] ?? "", line.split(" ")[1] ?? ""]));
}

function isKnown(known: ReadonlyMap<string, string>, remote: Remote, ref: string, id: string): boolean {
  if (known.get(ref) === id) return true;
  return ref.startsWith(ledgerRefs) && known.get(agreedRef(remote.key, ref.slice(ledgerRefs.length))) === id;
}

/** Every environment that has a record here or there, or had one there. */
function named(known: ReadonlyMap<string, string>, there: ReadonlyMap<string, string>, remote: Remote): string[] {
  const prefixes = [ledgerRefs, agreedRefs(remote.key)];
  const names = [...known.keys(), ...there.keys()].flatMap((ref) =>
    prefixes.filter((prefix) => ref.startsWith(prefix)).map((prefix) => ref.slice(prefix.length)),
  );
  return [...new Set(names)].sort();
}

/** With jitter up to a second each, more than any few writers of one environment need. */
const attempts = 30;
