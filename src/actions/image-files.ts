import { type Dirent, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { git } from "../io/git.ts";

/** The files around a Dockerfile, and what git says of them. */
export interface ImageFiles {
  /** The repository's root, or the folder that was asked about where there is none. Absolute. */
  root: string;
  /** Relative to the root: tracked ones, and those that git would take; without git all but the usual clutter. */
  files: readonly string[];
  read(path: string): string;
  /** Which paths, relative to the root, git ignores. */
  ignored(paths: readonly string[]): Promise<ReadonlySet<string>>;
}

/** Lists what is around a folder. A folder outside of any repository is walked. */
export async function readImageFiles(directory: string): Promise<ImageFiles> {
  const root = await rootOf(directory);
  const files = root === null ? walk(directory) : await listed(root);
  const base = root ?? directory;
  return {
    root: base,
    files,
    read: (path) => readFileSync(join(base, path), "utf8"),
    ignored: async (paths) => (root === null ? new Set() : await ignoredBy(root, paths)),
  };
}

async function rootOf(directory: string): Promise<string | null> {
  const root = await git(directory, ["rev-parse", "--show-toplevel"], { allowStatus: [128] }).catch(() => "");
  return root.trim() === "" ? null : root.trim();
}

async function listed(root: string): Promise<string[]> {
  const names = await git(root, ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"]);
  return names.split("\0").filter((name) => name !== "");
}

async function ignoredBy(root: string, paths: readonly string[]): Promise<ReadonlySet<string>> {
  const inside = paths.filter((path) => path !== "" && !path.startsWith("../"));
  if (inside.length === 0) return new Set();
  const input = `${inside.join("\0")}\0`;
  const found = await git(root, ["check-ignore", "-z", "--no-index", "--stdin"], { input, allowStatus: [1] });
  return new Set(found.split("\0").filter((name) => name !== ""));
}

const clutter = new Set([".git", "node_modules", "__pycache__", ".venv", "venv", ".tox", "site-packages"]);
const mostFiles = 200_000;

function walk(root: string): string[] {
  const files: string[] = [];
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined && files.length < mostFiles; folder = folders.pop())
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!clutter.has(entry.name)) folders.push(path);
      } else files.push(relative(root, path).split(sep).join("/"));
    }
  return files.sort();
}

/** None of a folder that can't be read, such as a database's: a build that takes it fails by itself. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
