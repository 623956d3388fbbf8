import { existsSync } from "node:fs";
import { join } from "node:path";
import { git, hasCommit } from "../io/git.ts";
import type { Entry } from "./entry.ts";
import { follow, readTree, type Tree, type Way } from "./follow.ts";
import { readListing } from "./listing.ts";

/** A submodule at the commit that its repository records of it. */
export interface Submodule {
  /** Where git has its contents. */
  repository: string;
  tree: Tree;
}

/** A file of a submodule, with the path that it has there. */
export interface InnerFile extends Entry {
  repository: string;
}

/** Files of a submodule, and what keeps the rest from being known. */
export interface Inner {
  files: InnerFile[];
  /** Submodules whose commit is not here; the path of the submodule itself is empty. */
  missing: { path: string; why: Absence }[];
  /** Links that lead to nothing, or out of the submodule. */
  links: { path: string; way: Way }[];
}

/** Finds submodules of one commit, each once. The superproject's own `.gitmodules` names them. */
export type SubmoduleFinder = (gitlink: Entry) => Promise<Submodule | Absence>;

/** Why a submodule's files are not known: it was not fetched, or no `.gitmodules` says where it comes from. */
export type Absence = "not fetched" | "not named";

/**
 * Gives a way to find the submodules of a commit, wherever they were fetched to: beside the repository, or checked out.
 *
 * @param directory any directory of the superproject; paths are from its root
 */
export function submodulesOf(directory: string, commit: string): SubmoduleFinder {
  const found = new Map<string, Promise<Submodule | Absence>>();
  let places: Promise<Places> | undefined;
  return async (gitlink) => {
    const key = `${gitlink.blob} ${gitlink.path}`;
    const known = found.get(key);
    if (known) return await known;
    places ??= readPlaces(directory, commit);
    const opened = places.then(async (known) => {
      const submodule = await open(candidates(known, gitlink.path), gitlink.blob);
      return submodule ?? (known.names.has(gitlink.path) ? "not fetched" : "not named");
    });
    found.set(key, opened);
    return await opened;
  };
}

/** As deep as submodules may lie in each other. */
const mostDepth = 10;

/** All files of a submodule, those of its own submodules included, below one of its paths (the empty one: all). */
export async function innerFiles(find: SubmoduleFinder, gitlink: Entry, below: string, depth = 1): Promise<Inner> {
  const submodule = depth > mostDepth ? "not fetched" : await find(gitlink);
  if (typeof submodule === "string") return { files: [], missing: [{ path: "", why: submodule }], links: [] };
  const inner: Inner = { files: [], missing: [], links: [] };
  const { tree, repository } = submodule;
  const findDeeper = submodulesOf(repository, gitlink.blob);
  for (const entry of tree.listing.entries(tree.listing.span(below))) {
    if (entry.mode === "160000") {
      const deeper = await innerFiles(findDeeper, entry, "", depth + 1);
      const under = (path: string) => (path === "" ? entry.path : `${entry.path}/${path}`);
      inner.files.push(...deeper.files.map((file) => ({ ...file, path: under(file.path) })));
      inner.missing.push(...deeper.missing.map(({ path, why }) => ({ path: under(path), why })));
      inner.links.push(...deeper.links.map((link) => ({ ...link, path: under(link.path) })));
    } else {
      inner.files.push({ ...entry, repository });
      if (entry.mode !== "120000") continue;
      const way = follow(tree, entry);
      if (!["file", "folder", "submodule"].includes(way.ends)) inner.links.push({ path: entry.path, way });
    }
  }
  return inner;
}

interface Places {
  /** Path → the submodule's name. */
  names: ReadonlyMap<string, string>;
  /** Folders in which git keeps the repositories of submodules. */
  stores: string[];
  /** The working tree's root; null for a bare repository. */
  root: string | null;
}

async function readPlaces(directory: string, commit: string): Promise<Places> {
  const [modules, folders, root] = await Promise.all([
    git(directory, ["config", `--blob=${commit}:.gitmodules`, "-z", "--get-regexp", "^submodule\\..*\\.path$"], {
      allowStatus: [1, 128],
    }),
    git(directory, ["rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir"]),
    git(directory, ["rev-parse", "--show-toplevel"], { allowStatus: [128] }),
  ]);
  const settings = modules.split("\0").flatMap((setting) => {
    const [key = "", path = ""] = setting.split("\n");
    const name = key.slice("submodule.".length, -".path".length);
    // A name is a path below the store: git refuses such ones too.
    return path === "" || name.split("/").includes("..") ? [] : [[path, name] as const];
  });
  const stores = [...new Set(folders.split("\n").filter(Boolean))].map((folder) => join(folder, "modules"));
  return { names: new Map(settings), stores, root: root.trim() === "" ? null : root.trim() };
}

function candidates({ names, stores, root }: Places, path: string): string[] {
  const name = names.get(path);
  const checkedOut = root === null ? [] : [join(root, path)].filter((folder) => existsSync(join(folder, ".git")));
  const stored =
    name === undefined ? [] : stores.map((store) => join(store, name)).filter((store) => existsSync(store));
  return [...checkedOut, ...stored];
}

/** The first place that has the commit; none of them is asked over the network. */
async function open(places: readonly string[], commit: string): Promise<Submodule | null> {
  for (const repository of places) {
    if (!(await hasCommit(repository, commit).catch(() => false))) continue;
    return { repository, tree: await readTree(repository, await readListing(repository, commit, true)) };
  }
  return null;
}
