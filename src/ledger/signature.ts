import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GitError, git } from "../io/git.ts";
import { type Approver, type Signature, type Statement, statementDifferences } from "../model/approval.ts";
import { UserError } from "../model/errors.ts";
import type { Place } from "./place.ts";

/** Whose signatures count, and where that was read. */
export interface Signers {
  approvers: readonly Approver[];
  branch: string;
}

/**
 * Checks a signed approval: git verifies the commit against the listed keys, and its message must state what it is used
 * for. A commit that is not here is fetched. What could not be looked at is `unread`, never good.
 */
export async function readSignature(
  place: Place,
  commit: string,
  expected: Statement,
  { approvers, branch }: Signers,
): Promise<Signature> {
  const { repository } = place;
  try {
    if (!/^[0-9a-f]{40,64}$/.test(commit)) return { state: "bad", why: "the record names no commit" };
    await bring(place, commit);
    const raw = await git(repository, ["cat-file", "commit", commit]);
    const [different] = statementDifferences(raw.slice(raw.indexOf("\n\n") + 2), expected);
    if (different !== undefined) return { state: "bad", why: different };
    return await verified(repository, commit, approvers, branch);
  } catch (error) {
    if (!(error instanceof GitError || error instanceof UserError)) throw error;
    return { state: "unread", why: error.message.trim() };
  }
}

/** A shallow clone has the newest commit of the record only. */
async function bring({ repository, remote }: Place, commit: string): Promise<void> {
  const found = await git(repository, ["cat-file", "--batch-check"], { input: `${commit}^{commit}\n` });
  if (!found.includes(" missing") || remote === null) return;
  const shallow = (await git(repository, ["rev-parse", "--is-shallow-repository"])).trim() === "true";
  await remote.fetch([commit], { depth: shallow ? 1 : undefined });
}

/** Asks git: `%G?` is G for a good signature of a listed signer, U for a good one of nobody listed, B for a bad one, N for none. */
async function verified(
  repository: string,
  commit: string,
  approvers: readonly Approver[],
  branch: string,
): Promise<Signature> {
  const directory = await mkdtemp(join(tmpdir(), "landfall-signers-"));
  try {
    const file = join(directory, "allowed");
    await writeFile(file, approvers.map(({ name, key }) => `${name} namespaces="git" ${key}\n`).join(""));
    // What the user set for signing must not decide what counts as signed.
    const settings = ["-c", `gpg.ssh.allowedSignersFile=${file}`, "-c", "gpg.ssh.program=ssh-keygen"];
    const format = "--format=%G?%x00%GS%x00%GF";
    const text = await git(repository, [...settings, "show", "--no-patch", "--no-show-signature", format, commit]);
    const [verdict, name = "", key = ""] = text.trimEnd().split("\0");
    const listed = approvers.some((approver) => approver.name === name);
    if (verdict === "G" && listed && key !== "") return { state: "good", name, key, branch };
    if (verdict === "U" && key !== "") return { state: "unlisted", key, branch };
    if (verdict === "N") return { state: "bad", why: "the commit is not signed" };
    return { state: "bad", why: "the commit was altered after it was signed, or its signature is of another kind" };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
