import { GitError, git } from "../io/git.ts";
import { UserError, userError } from "../model/errors.ts";
import { moveRef, readRef } from "./move-ref.ts";
import { keepRef } from "./refs.ts";
import type { RemoteOptions } from "./remote.ts";
import { findRemote, type SharedAt } from "./shared.ts";

/**
 * Keeps a commit where machines fetch it from: the source's own remote, which a ledger of its own repository is not. There
 * first, so that a ref here says that it is done. Throws `commit-not-kept` when the host does not take the ref.
 */
export async function keepCommit(
  repository: string,
  commit: string,
  shared: SharedAt,
  options: RemoteOptions,
): Promise<void> {
  const ref = keepRef(commit);
  if ((await readRef(repository, ref)) !== null) return;
  // Here it is kept whatever the host says.
  const isName = shared !== null && shared !== undefined && !/[/:]/.test(shared.remote);
  const remote = shared === null ? null : await findRemote(repository, isName ? shared : undefined, options);
  if (remote) {
    try {
      await remote.push([{ ref, to: commit }]);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      await moveRef(repository, ref, commit, null);
      throw userError("unproven", "commit-not-kept", await whatItMeans(repository, commit, error.message));
    }
  }
  await moveRef(repository, ref, commit, null);
}

/** A branch that contains it keeps it fetchable, as long as it is neither deleted nor rewritten. */
async function whatItMeans(repository: string, commit: string, why: string): Promise<string> {
  const branches = ["for-each-ref", "--count=1", "--format=%(refname:lstrip=2)", "--contains", commit, "refs/remotes/"];
  const branch = await git(repository, branches).catch((error: unknown) => {
    if (error instanceof GitError) return "";
    throw error;
  });
  const holds = branch.trim() === "" ? "no branch of a remote holds it" : `${branch.trim()} holds it for now`;
  return `${commit} could not be kept at the remote (${holds}): ${why}`;
}
