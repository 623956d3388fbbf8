import { rm, stat } from "node:fs/promises";
import { uptime } from "node:os";
import { GitError, git, hasCommit } from "../io/git.ts";
import { inRepository } from "../ledger/head.ts";
import { keepRef } from "../ledger/refs.ts";
import { userError } from "../model/errors.ts";
import { shortCommit } from "../model/revision.ts";
import type { World } from "./world.ts";

/** Set in the configuration of a clone that belongs to an agent. */
const mark = "landfall.agent";

/**
 * Throws `work-tree-in-use` (blocked) where somebody works in this clone: where a branch is checked out, or tracked files are
 * changed. A sync makes the work tree that of a revision, and would take both away. An agent's own clone is marked as such.
 */
export async function refuseInUse({ directory, signal }: World): Promise<void> {
  if (await isOwn(directory)) return;
  const looks = [
    git(directory, ["symbolic-ref", "--quiet", "--short", "HEAD"], { signal, allowStatus: [1] }),
    git(directory, ["status", "--porcelain", "--untracked-files=no"], { signal }),
  ] as const;
  const [branch, changed] = await inRepository(directory, Promise.all(looks));
  if (branch === "" && changed === "") return;
  const what = branch === "" ? "has changes that are not committed" : `has the branch ${branch.trim()} checked out`;
  throw userError(
    "blocked",
    "work-tree-in-use",
    `this clone ${what}, and a sync makes its work tree that of a revision`,
    {
      fix: "run it in a clone of its own; a deploy from here is landfall deploy",
    },
  );
}

async function isOwn(directory: string): Promise<boolean> {
  return (await git(directory, ["config", "--type=bool", "--get", mark], { allowStatus: [1] })).trim() === "true";
}

/** How long the remote may take for its whole answer: a boot must not hang on it. Seconds. */
const patience = 120;

/** The clone's remote: an agent's own clone has no other. */
const remote = "origin";

/** Fetches all branches. Throws `remote-unreachable` (unproven): what runs stays, and someone tries again. */
export async function fetchClone(world: World, timeoutSeconds: number = patience): Promise<void> {
  await fromRemote(world, timeoutSeconds, ["--prune", remote, `+refs/heads/*:refs/remotes/${remote}/*`]);
}

/**
 * Makes the work tree that of a commit, so that the manifest is the commit's own. What was changed in the clone by hand is
 * lost: it belongs to the agent. A proven commit whose branch is gone is fetched by the ref that keeps it.
 */
export async function checkOut(commit: string, world: World): Promise<void> {
  if (!(await hasCommit(world.directory, commit))) await fromRemote(world, patience, [remote, keepRef(commit)]);
  const root = (await git(world.directory, ["rev-parse", "--show-toplevel"])).trim();
  if (await isOwn(root)) await removeLeftLock(root);
  const args = [...synced, "checkout", "--quiet", "--force", "--detach", commit];
  await git(root, args, { signal: world.signal }).catch((error: unknown) => {
    if (!(error instanceof GitError) || world.signal.aborted) throw error;
    const message = `the clone at ${root} cannot be made that of ${shortCommit(commit)}, so what runs stays: ${error.message}`;
    throw userError("unproven", "agent-failed", message);
  });
}

/** A power cut in a checkout leaves git's lock behind, and no catch-up would ever come again. One from before this boot is nobody's. */
async function removeLeftLock(root: string): Promise<void> {
  const lock = (await git(root, ["rev-parse", "--path-format=absolute", "--git-path", "index.lock"])).trim();
  const found = await stat(lock).catch(() => null);
  if (found !== null && found.mtimeMs < Date.now() - uptime() * 1000) await rm(lock, { force: true });
}

/** A machine that is off at times may lose its power at any moment; git alone would leave empty objects and half an index. */
const synced = ["-c", "core.fsync=objects,reference,index"];

async function fromRemote(world: World, timeoutSeconds: number, args: readonly string[]): Promise<void> {
  const options = { signal: world.signal, timeoutSeconds };
  try {
    await git(world.directory, [...synced, "-c", "gc.auto=0", "fetch", "--quiet", "--no-tags", ...args], options);
  } catch (error) {
    if (!(error instanceof GitError) || world.signal.aborted) throw error;
    throw userError(
      "unproven",
      "remote-unreachable",
      `the git remote cannot be asked, so what runs stays: ${error.message}`,
    );
  }
}
