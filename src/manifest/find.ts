import { existsSync, readFileSync, type Stats, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { UserError, userError } from "../model/errors.ts";

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

/** The manifest's text and absolute path, for what reads only a part of it; null when there is none that can be read. */
export function manifestText(directory: string, file?: string): { file: string; text: string } | null {
  try {
    const found = findManifest(directory, file);
    return { file: found, text: readFileSync(found, "utf8") };
  } catch (error) {
    if (error instanceof UserError || (error instanceof Error && "code" in error)) return null;
    throw error;
  }
}

function named(file: string): string {
  const there = lookAt(file);
  if (there?.isFile()) return file;
  if (there) throw userError("invalid", "no-manifest", `${file} is not a file`);
  throw userError("invalid", "no-manifest", `${file} does not exist`, {
    fix: `without -f, the nearest ${manifestName} here or above is taken; \`landfall init\` writes one`,
  });
}

function lookAt(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    throw userError("invalid", "no-manifest", `${file} cannot be read: ${(error as Error).message}`);
  }
}
