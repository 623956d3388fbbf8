import { realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative } from "node:path";

/**
 * Whether a file is a link, or lies behind one, that leads out of all of these folders: a repository must not have files read
 * that are none of its own. A file that was named outside of them has to be itself. Throws what the file system says when
 * one of them can't be found.
 */
export function leadsOut(file: string, folders: readonly string[]): boolean {
  const real = realpathSync.native(file);
  if (folders.some((folder) => isBelow(real, realpathSync.native(folder)))) return false;
  const inside = folders.some((folder) => isBelow(file, folder));
  return inside || real !== join(realpathSync.native(dirname(file)), basename(file));
}

function isBelow(file: string, folder: string): boolean {
  const path = relative(folder, file);
  return path !== ".." && !path.startsWith("../") && !isAbsolute(path);
}
