import { posix } from "node:path";
import type { ImageFinding, Simulated } from "./image-tree.ts";
import type { Entry, Needed } from "./language.ts";

/** The image as it is once something is mounted over it: whatever lacks there may be in what is mounted. */
export function withMounts(image: Simulated, mounts: readonly string[]): Simulated {
  if (mounts.length === 0) return image;
  const { tree } = image;
  return { ...image, tree: { ...tree, mayHold: (path) => mountOver(path, mounts) !== null || tree.mayHold(path) } };
}

/** One warning for each mount that lies over what is started: a volume keeps the files of the image that it was first filled from. */
export function covered(
  entries: readonly Entry[],
  needed: ReadonlyMap<string, Needed>,
  mounts: readonly string[],
): ImageFinding[] {
  const started = entries.flatMap(({ start }) => (start.kind === "file" ? [start.path] : []));
  const files = [...started, ...[...needed.values()].flatMap(({ file }) => file ?? [])];
  const found = new Map<string, string>();
  for (const file of files) {
    const mount = mountOver(file, mounts);
    if (mount !== null && !found.has(mount)) found.set(mount, file);
  }
  return [...found].map(([mount, file]) => ({
    code: "image-undetermined",
    level: "warning",
    message: `a volume is mounted over ${mount}, where the image has ${file}: what the volume holds is run, and it keeps what an earlier image left in it`,
  }));
}

function mountOver(path: string, mounts: readonly string[]): string | null {
  return mounts.find((mount) => !posix.relative(mount, path).startsWith("..")) ?? null;
}
