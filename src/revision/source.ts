import { createHash } from "node:crypto";
import { matchesGlob } from "node:path";
import { git } from "../io/git.ts";

/** The paths whose content is a component, relative to the manifest's directory. */
export interface SourcePaths {
  source: readonly string[];
  exclude: readonly string[];
}

/** One file of a component at a commit. */
export interface SourceFile {
  /** Relative to the manifest's directory, with `/`. */
  path: string;
  /** git's mode: 100644, 100755, 120000 (symbolic link) or 160000 (submodule). */
  mode: string;
  blob: string;
  bytes: number;
}

/** A component's files at a commit, sorted by path, and their digest. */
export interface Source {
  /** Where git has the files' contents. */
  repository: string;
  files: SourceFile[];
  digest: string;
}

/**
 * Reads the files of every component at a commit: one `git ls-tree` for all of them.
 *
 * @param directory the manifest's directory, inside the repository; paths are relative to it
 */
export async function readSources(
  directory: string,
  commit: string,
  components: Readonly<Record<string, SourcePaths>>,
): Promise<Record<string, Source>> {
  const listing = await git(directory, ["ls-tree", "-r", "-z", "-l", commit, "--", "."]);
  const files = listing.split("\0").filter(Boolean).map(parseEntry);
  return Object.fromEntries(
    Object.entries(components).map(([name, paths]) => {
      const own = files.filter((file) => isSource(file.path, paths));
      return [name, { repository: directory, files: own, digest: digestOf(own) }];
    }),
  );
}

/** Whether a path belongs to a component: under one of `source`, and under none of `exclude`. */
export function isSource(path: string, { source, exclude }: SourcePaths): boolean {
  return source.some((pattern) => coveredBy(pattern, path)) && !exclude.some((pattern) => coveredBy(pattern, path));
}

/** Whether an entry of `source` or `exclude` covers a path: it is the path, a folder above it, or a pattern. */
export function coveredBy(pattern: string, path: string): boolean {
  const plain = pattern.replace(/^(\.\/)+/, "").replace(/\/+$/, "");
  if (plain === "." || plain === "") return true;
  if (/[*?[{]/.test(plain)) return matchesGlob(path, plain) || matchesGlob(path, `${plain}/**`);
  return path === plain || path.startsWith(`${plain}/`);
}

/** The form of `git ls-tree -l`: mode, type, object and size, a tab, then the path as it is (-z). */
function parseEntry(entry: string): SourceFile {
  const tab = entry.indexOf("\t");
  const [mode = "", , blob = "", size = "0"] = entry.slice(0, tab).split(/ +/);
  return { path: entry.slice(tab + 1), mode, blob, bytes: size === "-" ? 0 : Number(size) };
}

/** git names each content, so the names of modes, paths and contents are the content. */
function digestOf(files: readonly SourceFile[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file.mode} ${file.blob} ${file.path}\0`);
  return `sha256:${hash.digest("hex")}`;
}
