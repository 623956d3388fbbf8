import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { git } from "../io/git.ts";
import { seenRef, temporaryRefs } from "./refs.ts";

/**
 * Ends a writer's traces: its private ref goes, and what it wrote last counts as seen in this clone. Then git may tidy up, as
 * it does after its own commands: it decides whether there is enough to do, and does it in the background.
 */
export async function removeTemporary(
  repository: string,
  environment: string,
  privateRef: string,
  head: string,
): Promise<void> {
  const commands = `update ${seenRef(environment)} ${head}\ndelete ${privateRef}\n`;
  // What they are for is done: a leftover is swept later, and the next reader looks for itself.
  await git(repository, ["update-ref", "--stdin"], { input: commands }).catch(() => {});
  await git(repository, ["gc", "--auto", "--quiet"]).catch(() => {});
}

/** Removes what writers that died left behind: their private refs, and the reports that fast-import writes when its input breaks off. */
export async function sweepTemporary(repository: string): Promise<void> {
  const refs = (await git(repository, ["for-each-ref", "--format=%(refname)", temporaryRefs]))
    .split("\n")
    .filter(Boolean);
  if (refs.length === 0) return;
  // A live writer's ref is only its working place: it writes it again, and never reads it.
  await git(repository, ["update-ref", "--stdin"], { input: refs.map((ref) => `delete ${ref}\n`).join("") }).catch(
    () => {},
  );
  const directory = (await git(repository, ["rev-parse", "--absolute-git-dir"])).trim();
  const reports = (await readdir(directory)).filter((name) => name.startsWith("fast_import_crash_"));
  for (const name of reports) {
    const text = await readFile(join(directory, name), "utf8").catch(() => "");
    if (text.includes(temporaryRefs)) await rm(join(directory, name), { force: true });
  }
}
