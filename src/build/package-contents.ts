import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import type { NativeFile, Wheel } from "../model/artifact.ts";
import type { Finding } from "../model/finding.ts";
import type { CleanCopy } from "./clean-copy.ts";
import { readNative } from "./package-native.ts";
import { withPlainInterpreter } from "./package-noise.ts";
import type { TreeFile } from "./package-tree.ts";
import type { ZipEntry } from "./zip.ts";

/** What was noticed while a package's files were read. */
export interface Seen {
  /** How many files are not as the commit has them. */
  built: number;
  natives: NativeFile[];
  wheels: Wheel[];
  findings: Finding[];
}

/**
 * Reads a package's files, each once and one at a time, and notices on the way what they are. What the commit holds goes
 * in as it is, also from another place; of what was built, scripts lose the interpreter of the machine that built them.
 *
 * @param root the package's folder, relative to the copy's
 */
export function openContents(
  component: string,
  { place, folder, committed }: CleanCopy,
  root: string,
): { entries(tree: readonly TreeFile[]): AsyncGenerator<ZipEntry, void, void>; seen(): Seen } {
  const [natives, wheels, tellPlace]: [NativeFile[], Wheel[], string[]] = [[], [], []];
  const own = new Set(committed.values());
  let built = 0;
  async function* entries(tree: readonly TreeFile[]): AsyncGenerator<ZipEntry, void, void> {
    for (const { path, mode, target } of tree) {
      const original = target === undefined ? await readFile(join(folder, root, path)) : Buffer.from(target);
      const digest = sha256(original);
      if (committed.get(posix.join(root, path)) !== digest) built++;
      const content = target !== undefined || own.has(digest) ? original : withPlainInterpreter(original);
      const native = readNative(path, content);
      if (native) natives.push(native);
      if (path.endsWith(".dist-info/WHEEL")) wheels.push({ path, tags: tagsOf(content) });
      if (content.includes(place)) tellPlace.push(path);
      yield { path, mode, content };
    }
  }
  return { entries, seen: () => ({ built, natives, wheels, findings: kept(component, tellPlace) }) };
}

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** https://packaging.python.org/en/latest/specifications/binary-distribution-format/ */
function tagsOf(content: Buffer): string[] {
  return [...content.toString("utf8").matchAll(/^Tag: *(\S+)/gm)].map(([, tag = ""]) => tag).sort();
}

function kept(component: string, paths: readonly string[]): Finding[] {
  const [first, ...others] = paths;
  if (first === undefined) return [];
  const more = others.length > 0 ? ` and ${others.length} more` : "";
  const message = `${first}${more} of the package of ${component} hold the path of the folder that it was built in, which is another each time`;
  return [{ code: "build-path-kept", level: "warning", component, message }];
}
