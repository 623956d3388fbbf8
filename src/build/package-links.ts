import { posix } from "node:path";

/** The paths of a package: its files, and its links with where they lead. */
export interface PackageFile {
  path: string;
  /** Of a link: as it is written. */
  target?: string;
}

/**
 * Follows the links of a package as they will be where it is unpacked: there is nothing but the package then. A path through
 * another link leads elsewhere than its text says, so each step is looked up.
 */
export function createFollower(files: readonly PackageFile[]): {
  follow(link: PackageFile): "inside" | "nowhere" | "outside";
} {
  const links = new Map(files.flatMap(({ path, target }) => (target === undefined ? [] : [[path, target]])));
  const folders = new Set(files.flatMap(({ path }) => foldersAbove(path)));
  const known = new Set([...folders, ...files.map(({ path }) => path)]);
  const follow = ({ path, target = "" }: PackageFile) => {
    let steps = mostSteps;
    const parts = [...path.split("/").slice(0, -1), ...target.split("/")].reverse();
    const at: string[] = [];
    if (target.startsWith("/")) return "outside";
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      if (at.length > 0 && !folders.has(at.join("/"))) return "nowhere";
      if (part === "" || part === ".") continue;
      if (part === "..") {
        if (at.pop() === undefined) return "outside";
        continue;
      }
      at.push(part);
      const here = at.join("/");
      const further = links.get(here);
      if (further === undefined) {
        if (!known.has(here)) return "nowhere";
        continue;
      }
      if (further.startsWith("/")) return "outside";
      if (steps-- === 0) return "nowhere";
      at.pop();
      parts.push(...further.split("/").reverse());
    }
    return "inside";
  };
  return { follow };
}

/** As many links as Linux follows for one path: path_resolution(7). */
const mostSteps = 40;

function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let folder = posix.dirname(path); folder !== "."; folder = posix.dirname(folder)) folders.push(folder);
  return folders;
}
