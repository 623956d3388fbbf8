import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GitError, git } from "../io/git.ts";
import { type Approver, type Signature, type Statement, statementDifferences } from "../model/approval.ts";
import { UserError } from "../model/errors.ts";
import { descends } from "./head.ts";
import { readRef } from "./move-ref.ts";
import type { Place } from "./place.ts";
import { approvalFolder, ledgerRef, usedName } from "./refs.ts";

/** Whose signatures count, and where that was read. */
export interface Signers {
  approvers: readonly Approver[];
  branch: string;
}

/**
 * Checks a signed approval: git verifies the commit against the listed keys, its message must state what it is used for, and
 * the record of it must be whole. A commit that is not here is fetched. What could not be looked at is `unread`, never good.
 *
 * @param recorded false for one that is not in the record yet
 */
export async function readSignature(
  place: Place,
  commit: string,
  expected: Statement,
  { approvers, branch }: Signers,
  recorded: boolean,
): Promise<Signature> {
  const { repository } = place;
  try {
    if (!/^[0-9a-f]{40,64}$/.test(commit)) return { state: "bad", why: "the record names no commit" };
    await bring(place, commit);
    const raw = await git(repository, ["cat-file", "commit", commit]);
    const [different] = statementDifferences(raw.slice(raw.indexOf("\n\n") + 2), expected);
    if (different !== undefined) return { state: "bad", why: different };
    const signature = await verified(repository, commit, approvers, branch);
    const broken = recorded && signature.state === "good" ? await brokenRecord(place, commit, expected.id) : null;
    return broken === null ? signature : { state: "bad", why: broken };
  } catch (error) {
    if (!(error instanceof GitError || error instanceof UserError)) throw error;
    return { state: "unread", why: error.message.trim() };
  }
}

/** A shallow clone has the newest commit of the record only. */
async function bring({ repository, remote }: Place, commit: string): Promise<void> {
  const found = await git(repository, ["cat-file", "--batch-check"], { input: `${commit}^{commit}\n` });
  if (!found.includes(" missing") || remote === null) return;
  await remote.fetch([commit], { depth: (await isShallow(repository)) ? 1 : undefined });
}

async function isShallow(repository: string): Promise<boolean> {
  return (await git(repository, ["rev-parse", "--is-shallow-repository"])).trim() === "true";
}

/**
 * What contradicts that an approval is still to be used: the record only grows, so whatever became of it stands beside it,
 * and nothing of that was ever taken away. A shallow clone sees the newest commit alone.
 */
async function brokenRecord({ repository, environment }: Place, commit: string, id: string): Promise<string | null> {
  const ref = ledgerRef(environment);
  const folder = approvalFolder(id);
  const names = await git(repository, ["ls-tree", "--name-only", ref, `${folder}/`]);
  if (names.split("\n").includes(`${folder}/${usedName}`)) return "the record holds that it was used";
  if (names.includes("approval-withdrawn")) return "the record holds that it was withdrawn";
  if (await isShallow(repository)) return null;
  if (!(await descends(repository, (await readRef(repository, ref)) ?? "", commit)))
    return "its commit is no part of the record";
  const range = `${commit}..${ref}`;
  // Each commit has one before it: where two are joined, one of them could be left out of what is looked at.
  if ((await git(repository, ["rev-list", "--merges", "--max-count=1", range])) !== "")
    return "the record was joined with another one";
  const lost = await git(repository, ["log", "--format=%h", "--diff-filter=D", "--no-renames", range, "--", folder]);
  return lost === "" ? null : `commit ${lost.trim().split("\n")[0]} took away what the record held of it`;
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
    // git asks other programs about signatures of other kinds, and those would answer from the deployer's own keyring.
    const listed = approvers.some((approver) => approver.name === name && fingerprint(approver) === key);
    if (verdict === "G" && listed) return { state: "good", name, key, branch };
    if (verdict === "U" && key.startsWith("SHA256:")) return { state: "unlisted", key, branch };
    if (verdict === "N") return { state: "bad", why: "the commit is not signed" };
    return { state: "bad", why: "the commit was altered after it was signed, or its signature is of another kind" };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** As ssh-keygen writes it: the hash of the key's own bytes. */
function fingerprint({ key }: Approver): string {
  const bytes = Buffer.from(key.split(" ")[1] ?? "", "base64");
  return `SHA256:${createHash("sha256").update(bytes).digest("base64").replace(/=+$/, "")}`;
}
