import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { git } from "../io/git.ts";
import type { Place } from "./place.ts";
import { seenRef, unwrittenRef } from "./refs.ts";

/**
 * Ends a writer's work: what it wrote last counts as seen in this clone. Then git may tidy up, as it does after its own
 * commands: it decides whether there is enough to do, and does it in the background.
 */
export async function endWriting({ repository, environment, remote }: Place, head: string): Promise<void> {
  // Where this fails the next reader looks for itself.
  if (!remote) await git(repository, ["update-ref", seenRef(environment), head]).catch(() => {});
  await git(repository, ["gc", "--auto", "--quiet"]).catch(() => {});
}

/** Removes the reports that fast-import left in the repository because its input broke off: when a writer was killed. */
export async function sweepReports(repository: string): Promise<void> {
  const directory = (await git(repository, ["rev-parse", "--path-format=absolute", "--git-common-dir"])).trim();
  for (const name of await readdir(directory))
    if (await isOurReport(directory, name)) await rm(join(directory, name), { force: true });
}

async function isOurReport(directory: string, name: string): Promise<boolean> {
  if (!name.startsWith("fast_import_crash_")) return false;
  return (await readFile(join(directory, name), "utf8").catch(() => "")).includes(unwrittenRef);
}
