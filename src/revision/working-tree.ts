import { posix, resolve } from "node:path";
import { git } from "../io/git.ts";
import { surelyUnmarked } from "./index-marks.ts";

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
  const [{ prefix, unwatched }, status] = await Promise.all([
    readIndex(directory, paths),
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
  ]);
  const from = `/${prefix}`;
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

/** Where the directory stands in the repository, and what git was told not to look at. */
async function readIndex(
  directory: string,
  paths: readonly string[],
): Promise<{ prefix: string; unwatched: Unwatched[] }> {
  const asked = ["rev-parse", "--show-prefix", "--show-object-format", "--git-path", "index"];
  const [prefix = "", format, index = ""] = (await git(directory, asked)).split("\n");
  const isNone = await surelyUnmarked(resolve(directory, index), format === "sha256" ? 32 : 20);
  return { prefix, unwatched: isNone ? [] : await readUnwatched(directory, paths) };
}

/**
 * Entries of the index at whose files `git status` does not look, by their tags in git-ls-files(1): lower case for
 * `assume-unchanged`, `S` for `skip-worktree`. In a sparse checkout the latter is git's own mark for what is not there: git
 * takes it away from a file that is.
 */
async function readUnwatched(directory: string, paths: readonly string[]): Promise<Unwatched[]> {
  const listing = await git(directory, ["--literal-pathspecs", "ls-files", "-v", "-z", "--", ...paths]);
  const marked = listing.split("\0").filter((entry) => /^[a-zS] /.test(entry));
  if (marked.length === 0) return [];
  const sparse = await git(directory, ["config", "--type=bool", "core.sparseCheckout"], { allowStatus: [1] });
  return marked
    .filter((entry) => !entry.startsWith("S ") || sparse.trim() !== "true")
    .map((entry) => ({
      path: entry.slice(2),
      flag: entry.startsWith("S ") ? ("skip-worktree" as const) : ("assume-unchanged" as const),
    }));
}
