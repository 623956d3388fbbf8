import { type Dirent, existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { userError } from "../../model/errors.ts";
import { type Ignore, readIgnore } from "./ignore.ts";
import { leadsOut } from "./leads-out.ts";
import { DirectoryNode, type Node } from "./tree.ts";

/** What a build is given: the context, without what the ignore file keeps out. */
export interface BuildContext {
  root: DirectoryNode;
  ignore: Ignore;
  /** The ignore file as messages name it; null when there is none. */
  ignoreFile: string | null;
  /** Whether a path lies in the context on disk, kept out or not. */
  exists(path: string): boolean;
}

/**
 * Opens a build context. The ignore file is the Dockerfile's own (`Dockerfile.dockerignore`), or else the context's.
 * Directories are read when something in them is looked at. Throws what the file system says when the context can't be read.
 *
 * @param folders what the ignore file may lie in, when it is a link.
 */
export function openContext(context: string, dockerfile: string, folders: readonly string[]): BuildContext {
  const own = `${dockerfile}.dockerignore`;
  const path = [own, join(context, ".dockerignore")].find((file) => existsSync(file)) ?? null;
  const isOut = path !== null && leadsOut(path, folders);
  const text = path === null || isOut ? "" : readFileSync(path, "utf8");
  const ignore = isOut ? unread : readIgnore(text);
  const takesBack = /^\s*!/m.test(text);
  readdirSync(context);
  return {
    root: directoryOf(context, "", { ignore, takesBack }),
    ignore,
    ignoreFile:
      path === null
        ? null
        : path === own
          ? `${dockerfile.slice(dirname(dockerfile).length + 1)}.dockerignore`
          : ".dockerignore",
    exists: (name) => existsSync(join(context, name)),
  };
}

/** What is said of a file that leads out of what is ours to read. */
export const linkOut = "it is a link that leads out of the build context and the repository, and is not read";

const unread: Ignore = { keptOutBy: () => null, mistakes: [{ line: 1, message: linkOut }] };

interface Rules {
  ignore: Ignore;
  /** Whether a line takes back what another keeps out: then a folder that is kept out may still hold something. */
  takesBack: boolean;
}

function directoryOf(context: string, path: string, rules: Rules): DirectoryNode {
  // Nobody imports from git's own folder, and it is large.
  if (path === ".git" || path.endsWith("/.git")) return new DirectoryNode(true);
  return new DirectoryNode(false, () => entriesOf(context, path, rules));
}

function entriesOf(context: string, path: string, rules: Rules): Map<string, Node> {
  const entries = new Map<string, Node>();
  for (const entry of listed(join(context, path))) {
    const at = path === "" ? entry.name : `${path}/${entry.name}`;
    const node = nodeOf(entry, context, at, rules);
    if (node) entries.set(entry.name, node);
  }
  return entries;
}

function listed(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw userError("invalid", "usage", `the build context can't be read: ${said}`);
  }
}

function nodeOf(entry: Dirent, context: string, path: string, rules: Rules): Node | null {
  const out = rules.ignore.keptOutBy(path) !== null;
  if (entry.isDirectory()) {
    const directory = directoryOf(context, path, rules);
    if (!out) return directory;
    return rules.takesBack && directory.entries.size > 0 ? directory : null;
  }
  if (out) return null;
  if (entry.isSymbolicLink()) return { kind: "link", target: readlinkSync(join(context, path)) };
  // A pipe would be waited for without end.
  return { kind: "file", origin: path, read: entry.isFile() ? () => readFileSync(join(context, path)) : null };
}
