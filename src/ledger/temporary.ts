import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { git } from "../io/git.ts";
import type { Place } from "./place.ts";
import { seenRef, temporaryRefs } from "./refs.ts";

/**
 * Ends a writer's traces: its private refs go, and what it wrote last counts as seen in this clone. Then git may tidy up, as
 * it does after its own commands: it decides whether there is enough to do, and does it in the background.
 */
export async function endTemporary(
  { repository, environment, remote }: Place,
  privateRefs: readonly string[],
  head: string,
): Promise<void> {
  // What they are for is done. A leftover is swept later, and the next reader looks for itself.
  const seen = remote ? "" : `update ${seenRef(environment)} ${head}\n`;
  const commands = `${seen}${deletions(privateRefs)}`;
  await git(repository, ["update-ref", "--stdin"], { input: commands }).catch(() => {});
  await git(repository, ["gc", "--auto", "--quiet"]).catch(() => {});
}

/**
 * Removes what writers that died left behind: their private refs, and the reports that fast-import writes when its input
 * breaks off. A live writer's ref is only its working place: it writes it again, and never reads it.
 */
export async function sweepTemporary(repository: string): Promise<void> {
  const refs = (await git(repository, ["for-each-ref", "--format=%(refname)", temporaryRefs]))
    .split("\n")
    .filter(Boolean);
  if (refs.length === 0) return;
  const directory = (await git(repository, ["rev-parse", "--path-format=absolute", "--git-common-dir"])).trim();
  for (const ref of refs) await removeOldLock(join(directory, `${ref}.lock`));
  await git(repository, ["update-ref", "--stdin"], { input: deletions(refs) }).catch(() => {});
  for (const name of await readdir(directory))
    if (await isOurReport(directory, name)) await rm(join(directory, name), { force: true });
}

function deletions(refs: readonly string[]): string {
  return refs.map((ref) => `delete ${ref}\n`).join("");
}

/** A git that was killed leaves its lock. Private refs are written in milliseconds, so ten minutes tell. */
async function removeOldLock(path: string): Promise<void> {
  const lock = await stat(path).catch(() => null);
  if (lock && Date.now() - lock.mtimeMs > 600_000) await rm(path, { force: true });
}

async function isOurReport(directory: string, name: string): Promise<boolean> {
  if (!name.startsWith("fast_import_crash_")) return false;
  return (await readFile(join(directory, name), "utf8").catch(() => "")).includes(temporaryRefs);
}
