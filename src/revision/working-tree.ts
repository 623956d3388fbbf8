import { posix } from "node:path";
import { git, gitBytes } from "../io/git.ts";
import { markedEntries } from "./marked.ts";

/** How the working tree differs from what is checked out, as git itself sees it: with its filters and line ends. */
export interface WorkingTree {
  /** Changed, deleted and new paths. */
  changed: string[];
  /** Ignored paths that are there; a folder that is ignored as a whole ends with `/`. */
  ignored: string[];
  /** Paths at whose changes git does not look, because it was told so. */
  unwatched: Unwatched[];
}

export interface Unwatched {
  path: string;
  flag: "assume-unchanged" | "skip-worktree";
}

/**
 * Reads it. All paths are relative to the directory; those outside of it begin with `../`.
 *
 * @param paths only these, relative to the directory
 * @param ignored whether to look for ignored paths too
 */
export async function readWorkingTree(
  directory: string,
  paths: readonly string[] = ["."],
  ignored = true,
): Promise<WorkingTree> {
  const [prefix, status, unwatched] = await Promise.all([
    git(directory, ["rev-parse", "--show-prefix"]),
    git(directory, [
      "--literal-pathspecs",
      "status",
      "--porcelain=v1",
      "-z",
      "--untracked-files=all",
      "--no-renames",
      // Settings of the clone or of `.gitmodules` could hide a submodule's changes.
      "--ignore-submodules=none",
      ...(ignored ? ["--ignored=matching"] : []),
      "--",
      ...paths,
    ]),
    readUnwatched(directory, paths),
  ]);
  const from = `/${prefix.replace(/\n$/, "")}`;
  const entries = status
    .split("\0")
    .filter(Boolean)
    .map((entry) => ({ mark: entry.slice(0, 2), path: relative(from, entry.slice(3)) }));
  return {
    changed: entries.filter(({ mark }) => mark !== "!!").map(({ path }) => path),
    ignored: entries.filter(({ mark }) => mark === "!!").map(({ path }) => path),
    unwatched,
  };
}

function relative(from: string, path: string): string {
  if (from === "/") return path;
  return `/${path}`.startsWith(from) ? path.slice(from.length - 1) : posix.relative(from, `/${path}`);
}

/**
 * Entries of the index at whose files `git status` does not look. In a sparse checkout `skip-worktree` is git's own mark for
 * what is not there: git takes it away from a file that is.
 */
async function readUnwatched(directory: string, paths: readonly string[]): Promise<Unwatched[]> {
  const listing = await gitBytes(directory, ["--literal-pathspecs", "ls-files", "-v", "-z", "--", ...paths]);
  const marked = ["h", "s", "m", "S"].flatMap((tag) => tagged(listing, tag));
  if (marked.length === 0) return [];
  const sparse = await git(directory, ["config", "--type=bool", "core.sparseCheckout"], { allowStatus: [1] });
  const isSparse = sparse.trim() === "true";
  return marked
    .filter(({ tag }) => tag !== "S" || !isSparse)
    .map(({ tag, path }) => ({ path, flag: tag === "S" ? ("skip-worktree" as const) : ("assume-unchanged" as const) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The entries with a tag of git-ls-files(1): lower case for `assume-unchanged`, `S` for `skip-worktree`. */
function tagged(listing: Buffer, tag: string): { tag: string; path: string }[] {
  const mark = `${tag} `;
  return markedEntries(listing, mark).map((at) => {
    const start = at + mark.length;
    return { tag, path: listing.toString("utf8", start, listing.indexOf(0, start)) };
  });
}
