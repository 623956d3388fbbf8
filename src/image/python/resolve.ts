import { posix } from "node:path";
import type { ImageTree } from "../image-tree.ts";
import { loadedBefore, standardModules } from "./standard.ts";

/** Where Python looks: folders, and in between the standard library and what is installed. */
export type PathItem = string | typeof standard | typeof installed;
export const standard = Symbol("the standard library");
export const installed = Symbol("site-packages");

/** Where a module was found, or what is known of why it was not. */
export type Found =
  /** A file of the image; a package's `path` is where its submodules are looked for. */
  | { as: "file"; file: string; path: readonly string[] | null }
  /** Folders without `__init__.py` (PEP 420). */
  | { as: "namespace"; path: readonly string[] }
  /** An extension module, or bytecode without its source: it is there, and can't be looked into. */
  | { as: "binary"; file: string }
  /** The standard library's, or an installed package's. */
  | { as: "foreign" }
  /** Not in any folder that was looked at. `hidden`: one of them may hold what we can't see. */
  | { as: "absent"; hidden: boolean };

/**
 * Finds modules in an image as CPython's import system does (The Python Language Reference, 5 "The import system";
 * importlib.machinery.FileFinder): in each folder a package goes before an extension module, that before a source file, that
 * before bytecode; folders without `__init__.py` count only when no folder has anything else.
 */
export class Finder {
  readonly #tree: ImageTree;
  readonly #isInstalled: (name: string) => boolean;
  readonly #folders = new Map<string, ReadonlyMap<string, string | null>>();

  constructor(tree: ImageTree, isInstalled: (name: string) => boolean) {
    this.#tree = tree;
    this.#isInstalled = isInstalled;
  }

  /** A module without dots. */
  top(name: string, path: readonly PathItem[]): Found {
    if (loadedBefore.has(name)) return { as: "foreign" };
    return this.#along(name, path);
  }

  /** A module in a package. */
  below(name: string, path: readonly string[]): Found {
    return this.#along(name, path);
  }

  #along(name: string, path: readonly PathItem[]): Found {
    const portions: string[] = [];
    let hidden = false;
    for (const item of path) {
      if (item === standard) {
        if (standardModules.has(name)) return { as: "foreign" };
      } else if (item === installed) {
        if (this.#isInstalled(name)) return { as: "foreign" };
      } else {
        const found = this.#inFolder(name, item);
        if (found.as === "file" || found.as === "binary") return found;
        if (found.as === "namespace") portions.push(...found.path);
        else if (found.as === "absent") hidden ||= found.hidden;
      }
    }
    return portions.length > 0 ? { as: "namespace", path: portions } : { as: "absent", hidden };
  }

  #inFolder(name: string, folder: string): Found {
    const names = this.#namesIn(folder);
    const at = posix.join(folder, name);
    const isFolder = names.has(name) && this.#tree.kind(at) === "directory";
    if (isFolder && this.#isFile(posix.join(at, "__init__.py")))
      return { as: "file", file: posix.join(at, "__init__.py"), path: [at] };
    const binary = names.get(name);
    if (binary) return { as: "binary", file: posix.join(folder, binary) };
    if (names.has(`${name}.py`) && this.#isFile(`${at}.py`)) return { as: "file", file: `${at}.py`, path: null };
    if (names.has(`${name}.pyc`) && this.#isFile(`${at}.pyc`)) return { as: "binary", file: `${at}.pyc` };
    if (isFolder) return { as: "namespace", path: [at] };
    return { as: "absent", hidden: this.#tree.mayHold(`${at}.py`) };
  }

  #isFile(path: string): boolean {
    return this.#tree.kind(path) === "file";
  }

  /** What lies in a folder; a module's name leads to the extension that is one. */
  #namesIn(folder: string): ReadonlyMap<string, string | null> {
    const known = this.#folders.get(folder);
    if (known) return known;
    const names = new Map<string, string | null>();
    for (const entry of this.#tree.list(folder)) {
      names.set(entry, names.get(entry) ?? null);
      const [, module] = /^([^.]+)\.(?:.*\.)?(?:so|pyd)$/.exec(entry) ?? [];
      if (module !== undefined) names.set(module, entry);
    }
    this.#folders.set(folder, names);
    return names;
  }
}
