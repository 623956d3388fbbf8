import { posix } from "node:path";

/** The repository's own Python files, looked up by module. */
export interface FirstParty {
  /**
   * Files and packages of the repository that a module of that name would be, nearest to the root first: those whose path
   * ends as the dotted name says.
   */
  sourcesOf(dotted: string): readonly string[];
  /** Whether a folder of the repository is a regular package. */
  isPackage(folder: string): boolean;
}

/** @param files of the repository, relative to the build context. */
export function firstPartyOf(files: readonly string[]): FirstParty {
  const byLast = new Map<string, string[]>();
  const add = (name: string, path: string) => {
    const known = byLast.get(name);
    if (known === undefined) byLast.set(name, [path]);
    else if (known.at(-1) !== path && !known.includes(path)) known.push(path);
  };
  const folders = new Set<string>();
  const packages = new Set<string>();
  for (const file of files) {
    if (!file.endsWith(".py")) continue;
    const name = posix.basename(file, ".py");
    if (name !== "__init__") add(name, file);
    else packages.add(posix.dirname(file));
    for (let folder = posix.dirname(file); folder !== "." && !folders.has(folder); folder = posix.dirname(folder)) {
      if (posix.basename(folder) === "..") break;
      folders.add(folder);
      add(posix.basename(folder), folder);
    }
  }
  return {
    isPackage: (folder) => packages.has(folder),
    sourcesOf: (dotted) => {
      const path = dotted.replaceAll(".", "/");
      const named = byLast.get(dotted.split(".").at(-1) ?? "") ?? [];
      const fits = named.filter((file) => {
        const plain = file.replace(/\.py$/, "");
        return plain === path || plain.endsWith(`/${path}`);
      });
      return fits.sort((a, b) => depth(a) - depth(b) || a.localeCompare(b));
    },
  };
}

function depth(path: string): number {
  return path.split("/").length;
}
