import { setTimeout as sleep } from "node:timers/promises";
import { GitError, git } from "../io/git.ts";
import { durable, writeFailed } from "./durable.ts";

/** The commit that a ref names now, or null. */
export async function readRef(repository: string, ref: string): Promise<string | null> {
  const id = (await git(repository, ["rev-parse", "--verify", "--quiet", ref], { allowStatus: [1] })).trim();
  return id === "" ? null : id;
}

/**
 * What a ref leads to; null when it is not there. git's reader says the same of a ref that is missing, of one whose commit
 * is gone, and of one that another process made a moment later, so what was not found is looked up once more by its id.
 *
 * @param read reads a commit by a ref or by its id; null where git finds none.
 * @param gone what is thrown when the ref is there and its commit is not.
 */
export async function readThroughRef<T>(
  read: (name: string) => Promise<T | null>,
  repository: string,
  ref: string,
  gone: () => Error,
): Promise<T | null> {
  const found = await read(ref);
  if (found !== null) return found;
  const id = await readRef(repository, ref);
  if (id === null) return null;
  const now = await read(id);
  if (now === null) throw gone();
  return now;
}

/**
 * Moves a ref only from the value that was read (null: it did not exist). `lost`: it has another value by now.
 * Throws `ledger-write-failed` with git's message when the ref could not be written although nobody had moved it.
 */
export async function moveRef(
  repository: string,
  ref: string,
  to: string,
  from: string | null,
): Promise<"moved" | "lost"> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await git(repository, [...durable, ...patient, "update-ref", ref, to, from ?? "0".repeat(to.length)]);
      return "moved";
    } catch (error) {
      // git may have been killed after it had moved the ref: only the ref itself tells.
      const now = await readRef(repository, ref);
      if (now === to) return "moved";
      if (now !== from) return "lost";
      if (attempt === tries || !isContention(error)) throw writeFailed(`${ref} could not be moved`, error);
      await jitter(attempt);
    }
  }
}

/** Waits a random while that grows with each attempt, so that two losers do not meet again. */
export async function jitter(attempt: number, signal?: AbortSignal): Promise<void> {
  const most = Math.min(1000, 10 * 2 ** attempt);
  await sleep(most * (0.5 + Math.random() / 2), undefined, signal ? { signal } : {});
}

/** How long git itself waits for a ref that another process is writing: milliseconds. */
export const patient = ["-c", "core.filesRefLockTimeout=1000"];
const tries = 3;

function isContention(error: unknown): boolean {
  return error instanceof GitError && /\.lock'?: File exists|cannot lock ref/.test(error.message);
}
