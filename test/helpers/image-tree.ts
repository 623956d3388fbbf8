import { DirectoryNode, makeDirectory, viewOf } from "../../src/image/dockerfile/tree.ts";
import type { ImageTree, Simulated } from "../../src/image/image-tree.ts";

/** A tree of an image with these files, by absolute path. */
export function treeOf(files: Readonly<Record<string, string>>): ImageTree {
  const root = new DirectoryNode(false);
  for (const [path, text] of Object.entries(files)) {
    const at = path.lastIndexOf("/");
    const folder = makeDirectory(root, path.slice(0, at), () => false);
    folder.entries.set(path.slice(at + 1), { kind: "file", origin: path.slice(1), read: () => Buffer.from(text) });
  }
  return viewOf(root);
}

/** An image with these files, and what else a test says of it. */
export function imageOf(files: Readonly<Record<string, string>>, more: Partial<Simulated> = {}): Simulated {
  return {
    tree: treeOf(files),
    workdir: "/app",
    env: {},
    needs: {},
    entrypoint: null,
    cmd: null,
    copies: [],
    runs: [],
    keptOutBy: () => null,
    base: "python:3.11",
    plainBase: true,
    findings: [],
    ...more,
  };
}
