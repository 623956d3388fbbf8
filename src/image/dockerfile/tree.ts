import type { ImageTree } from "../image-tree.ts";

/** What can lie at a path. */
export type Node = FileNode | LinkNode | DirectoryNode;

export interface FileNode {
  kind: "file";
  /** Its path relative to the context; null when it does not come from there. */
  origin: string | null;
  /** Its bytes; null when they are not known. */
  read: (() => Uint8Array) | null;
}

export interface LinkNode {
  kind: "link";
  target: string;
}

/** A directory. Its entries are listed when they are first asked for: a context is large, and little of it is looked at. */
export class DirectoryNode {
  readonly kind = "directory";
  /** Whether something may lie in it that we cannot see. */
  hides: boolean;
  /** The same of all folders below it too: a command that we can't follow may have written anywhere there. */
  hidesBelow = false;
  #entries: Map<string, Node> | null = null;
  readonly #list: (() => Map<string, Node>) | null;

  constructor(hides: boolean, list: (() => Map<string, Node>) | null = null) {
    this.hides = hides;
    this.#list = list;
  }

  get entries(): Map<string, Node> {
    this.#entries ??= this.#list?.() ?? new Map();
    return this.#entries;
  }

  /** The same again, to be changed by itself. What nobody looked at is shared. */
  clone(): DirectoryNode {
    const copy = new DirectoryNode(this.hides, this.#entries === null ? this.#list : null);
    copy.hidesBelow = this.hidesBelow;
    if (this.#entries === null) return copy;
    for (const [name, node] of this.#entries) copy.entries.set(name, cloneNode(node));
    return copy;
  }
}

export function cloneNode(node: Node): Node {
  return node.kind === "directory" ? node.clone() : node;
}

/** Where a way through a tree ends. */
export interface Found {
  /** Null: nothing that is known of. */
  node: Node | null;
  /** Whether something that we cannot see may lie there. */
  hidden: boolean;
  /** The path with every link followed; names that lead to nothing stay at its end. */
  path: string;
}

const mostLinks = 40;

/**
 * Follows a path from a root, links included, as a kernel does within that root: `..` and links stay inside of it.
 *
 * @param followLast whether a link at the very end is followed too.
 */
export function find(root: DirectoryNode, path: string, followLast = true): Found {
  let names = namesOf(path);
  const way: { name: string; node: Node | null }[] = [];
  let links = 0;
  let hidden = false;
  const at = () => (way.length === 0 ? root : (way.at(-1)?.node ?? null));
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    if (name === "..") {
      way.pop();
      hidden = false;
      continue;
    }
    const here = at();
    const next = here?.kind === "directory" ? (here.entries.get(name) ?? null) : null;
    if (here?.kind === "directory" && next === null) hidden = here.hides;
    if (next?.kind !== "link" || (names.length === 0 && !followLast)) {
      way.push({ name, node: next });
      continue;
    }
    links += 1;
    if (links > mostLinks) return { node: null, hidden: true, path };
    if (next.target.startsWith("/")) way.length = 0;
    names = [...namesOf(next.target), ...names];
  }
  const node = at();
  const below = [root, ...way.map((step) => step.node)].some((each) => each?.kind === "directory" && each.hidesBelow);
  const seen = node === null ? hidden || below : node.kind === "directory" && (node.hides || below);
  return { node, hidden: seen, path: `/${way.map(({ name }) => name).join("/")}` };
}

export function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

/** Why something could not be laid where it was to lie. */
export class NotPossible extends Error {}

/** The directory at a path, made with all above it where they are not there. A new one hides what its parent says that it may. */
export function makeDirectory(
  root: DirectoryNode,
  path: string,
  hides: (path: string, parent: DirectoryNode) => boolean,
): DirectoryNode {
  let here = root;
  let walked = "";
  for (const name of namesOf(find(root, path).path)) {
    walked += `/${name}`;
    const found = here.entries.get(name);
    if (found?.kind === "directory") here = found;
    else if (found) throw new NotPossible(`${walked} is no directory`);
    else {
      const made = new DirectoryNode(hides(walked, here));
      here.entries.set(name, made);
      here = made;
    }
  }
  return here;
}

/** Lays a node over what is there: directories are merged, files replace files. */
export function lay(parent: DirectoryNode, name: string, node: Node, path: string): void {
  const there = parent.entries.get(name);
  if (node.kind !== "directory") {
    if (there?.kind === "directory") throw new NotPossible(`${path} is a directory`);
    parent.entries.set(name, node);
  } else if (there === undefined) parent.entries.set(name, hiding(node.clone(), parent));
  else if (there.kind === "directory") layInto(there, node, path);
  else throw new NotPossible(`${path} is no directory`);
}

/** Lays the content of a directory into another one. */
export function layInto(target: DirectoryNode, source: DirectoryNode, path: string): void {
  if (source.hides) target.hides = true;
  if (source.hidesBelow) target.hidesBelow = true;
  for (const [name, node] of source.entries) lay(target, name, node, `${path === "/" ? "" : path}/${name}`);
}

/** Where the parent may hold anything, a directory of that name may have been there before. */
function hiding(node: DirectoryNode, parent: DirectoryNode): DirectoryNode {
  if (parent.hides) node.hides = true;
  return node;
}

/** The tree as the rest of the image check sees it. */
export function viewOf(root: DirectoryNode): ImageTree {
  return {
    kind: (path) => {
      const { node } = find(root, path);
      return node === null || node.kind === "link" ? null : node.kind;
    },
    real: (path) => find(root, path).path,
    list: (directory) => {
      const { node } = find(root, directory);
      return node?.kind === "directory" ? [...node.entries.keys()].sort() : [];
    },
    read: (path) => {
      const { node } = find(root, path);
      return node?.kind === "file" ? (node.read?.() ?? null) : null;
    },
    origin: (path) => {
      const { node } = find(root, path);
      return node?.kind === "file" ? node.origin : null;
    },
    mayHold: (path) => find(root, path).hidden,
  };
}
