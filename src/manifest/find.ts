import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { userError } from "../model/errors.ts";

export const manifestName = "landfall.yaml";

/**
 * The manifest's absolute path: the file named, or landfall.yaml in the directory or the nearest of its parents, up to
 * the repository's root. Throws `no-manifest` when there is none.
 */
export function findManifest(directory: string, file?: string): string {
  if (file !== undefined) return named(resolve(directory, file));
  for (let here = resolve(directory); ; here = dirname(here)) {
    const candidate = join(here, manifestName);
    if (existsSync(candidate)) return named(candidate);
    if (existsSync(join(here, ".git")) || here === dirname(here)) break;
  }
  throw userError(
    "invalid",
    "no-manifest",
    `there is no ${manifestName} in ${directory} or above it in the repository`,
    {
      fix: "run `landfall init` to write one, or name it with -f FILE",
    },
  );
}

function named(file: string): string {
  if (statSync(file, { throwIfNoEntry: false })?.isFile()) return file;
  throw userError("invalid", "no-manifest", `${file} is not a file`);
}
