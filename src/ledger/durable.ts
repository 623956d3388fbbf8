import { git } from "../io/git.ts";
import { UserError, userError } from "../model/errors.ts";

/** Git's own default syncs less: an object or a ref that was reported written could be lost with the power. */
export const durable = ["-c", "core.fsync=objects,reference"];

/** Who writes the ledger's commits, in git's form. Always set, for a machine at boot has no user.name. */
export function identity(at: Date): string {
  return `Landfall <landfall@invalid> ${Math.floor(at.getTime() / 1000)} +0000`;
}

/** A write that git did not confirm. Before the first change of a rollout it blocks; after it, what happened is unproven. */
export function writeFailed(what: string, error: unknown, refusal: "blocked" | "unproven" = "blocked"): UserError {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UserError) {
    const [first, ...rest] = error.findings;
    if (first) return new UserError(refusal, [{ ...first, message: `${what}: ${message}` }, ...rest], { cause: error });
  }
  const stale = /unable to create '(.*\.lock)'/i.exec(message)?.[1];
  return userError(refusal, "ledger-write-failed", `${what}: ${message.trim()}`, {
    ...(stale === undefined
      ? {}
      : { fix: `When no git process runs here, remove ${stale}: one that was killed left it.` }),
  });
}

const oldestGit = [2, 36] as const;

/** Throws `git-too-old` for a git that ignores `core.fsync`: what it acknowledges may be lost. */
export async function mustBeDurable(repository: string): Promise<void> {
  const version = await git(repository, ["version"]);
  if (keepsWrites(version)) return;
  throw userError(
    "blocked",
    "git-too-old",
    `${version.trim()} is too old: the ledger needs ${oldestGit.join(".")} or newer`,
  );
}

/** Whether the git that names itself so knows `core.fsync` (git 2.36, release notes). An unknown form is not trusted. */
export function keepsWrites(version: string): boolean {
  const [, major, minor] = /^git version (\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) > oldestGit[0] || (Number(major) === oldestGit[0] && Number(minor) >= oldestGit[1]);
}
