import { lstat, readdir, readlink } from "node:fs/promises";
import { join, posix } from "node:path";
import type { ArtifactFile } from "../model/artifact.ts";
import { userError } from "../model/errors.ts";
import { coveredBy } from "../util/covered-by.ts";
import { createFollower } from "./package-links.ts";
import { isNoise } from "./package-noise.ts";

/** What of a folder goes into its package: files, folders or patterns, relative to it. */
export interface Selection {
  /** Default: the folders that Lambda looks into, where there are any; else all. */
  include?: readonly string[] | undefined;
  exclude?: readonly string[] | undefined;
}

/** One file of a package, before it is read. */
export interface TreeFile {
  path: string;
  mode: ArtifactFile["mode"];
  bytes: number;
  /** Of a link: where it leads, relative to its folder. */
  target?: string;
}

/**
 * The files of a package, sorted by path: what was built, without what differs from build to build and that nothing reads.
 * Folders are not listed, so an empty one is not shipped. Links stay links, and must lead to something in the package.
 * Throws a UserError for what cannot be shipped, and for an `include` that nothing is under.
 */
export async function readTree(component: string, root: string, selection: Selection): Promise<TreeFile[]> {
  const all = await list(component, root, "");
  const files = chosen(component, all, selection.include)
    .filter(({ path }) => !isNoise(path) && !(selection.exclude ?? []).some((pattern) => coveredBy(pattern, path)))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map((file) => relativeLink(root, file));
  refuseLost(component, files);
  return files;
}

async function list(component: string, root: string, folder: string): Promise<TreeFile[]> {
  const found: TreeFile[] = [];
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = posix.join(folder, entry.name);
    const refuse = (code: "bad-file-name" | "build-failed", message: string) =>
      userError("failed", code, message, { component, file: path });
    if (path.includes("\uFFFD")) throw refuse("bad-file-name", `the build made ${path}, whose name is not UTF-8`);
    if (entry.isDirectory()) found.push(...(await list(component, root, path)));
    else if (entry.isSymbolicLink()) {
      const target = await readlink(join(root, path));
      found.push({ path, mode: "120000", bytes: Buffer.byteLength(target), target });
    } else if (entry.isFile()) {
      const { mode, size } = await lstat(join(root, path));
      found.push({ path, mode: mode & 0o100 ? "100755" : "100644", bytes: size });
    } else throw refuse("build-failed", `the build left ${path}, which is neither a file nor a link`);
  }
  return found;
}

/** What Lambda looks for below /opt: https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html and the runtime API's. */
const layerFolders = ["bin", "bootstrap", "extensions", "java", "lib", "nodejs", "python", "ruby"];

function chosen(component: string, files: readonly TreeFile[], include: Selection["include"]): TreeFile[] {
  const patterns = include ?? layerFolders;
  const found = files.filter(({ path }) => patterns.some((pattern) => coveredBy(pattern, path)));
  if (include === undefined) return found.length > 0 ? found : [...files];
  for (const pattern of include) {
    if (files.some(({ path }) => coveredBy(pattern, path))) continue;
    const message = `nothing is under \`${pattern}\` after the build of ${component}, and the package is to have it`;
    throw userError("failed", "build-empty", message, { component });
  }
  return found;
}

/** A link into the package that says where the package is built: it says the same from its own folder. */
function relativeLink(root: string, file: TreeFile): TreeFile {
  const { path, target } = file;
  if (target !== root && !target?.startsWith(`${root}/`)) return file;
  const plain = posix.relative(posix.dirname(path), target.slice(root.length + 1)) || ".";
  return { ...file, target: plain, bytes: Buffer.byteLength(plain) };
}

function refuseLost(component: string, files: readonly TreeFile[]): void {
  const { follow } = createFollower(files);
  const lost = files.flatMap((file) => {
    const end = file.target === undefined ? "inside" : follow(file);
    return end === "inside" ? [] : [{ ...file, end }];
  });
  const [first] = lost;
  if (!first) return;
  const where = { nowhere: "which is not in the package", outside: "outside the package" }[first.end];
  const more = lost.length > 1 ? ` (and ${lost.length - 1} more like it)` : "";
  const message = `${first.path} is a link to ${first.target}, ${where}${more}`;
  throw userError("failed", "path-escapes", message, { component, file: first.path });
}
