import { lstat, readdir, readlink, realpath } from "node:fs/promises";
import { dirname, join, posix, relative, sep } from "node:path";
import type { ArtifactFile } from "../model/artifact.ts";
import { userError } from "../model/errors.ts";
import { coveredBy } from "../util/covered-by.ts";
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
  const included = chosen(component, all, selection.include);
  const files = included
    .filter(({ path }) => !isNoise(path) && !(selection.exclude ?? []).some((pattern) => coveredBy(pattern, path)))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  return await Promise.all(
    files.map((file) => (file.target === undefined ? file : followed(component, root, file, files))),
  );
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

/**
 * A link with the target that it has on Lambda. It may lead anywhere within the package. Looked up on the disk, because a
 * path through another link leads elsewhere than its text says.
 */
async function followed(
  component: string,
  root: string,
  link: TreeFile,
  files: readonly TreeFile[],
): Promise<TreeFile> {
  const refuse = (why: string) => {
    const message = `${link.path} is a link to ${link.target}, ${why}`;
    return userError("failed", "path-escapes", message, { component, file: link.path });
  };
  const folder = await realpath(dirname(join(root, link.path)));
  const end = await realpath(join(root, link.path)).catch(() => null);
  if (end === null) throw refuse("where nothing is");
  const inside = relative(await realpath(root), end)
    .split(sep)
    .join("/");
  if (inside === ".." || inside.startsWith("../")) throw refuse("outside the package");
  if (!files.some(({ path }) => path === inside || path.startsWith(`${inside}/`) || inside === ""))
    throw refuse("which is not in the package");
  const target = link.target?.startsWith("/") ? relative(folder, end).split(sep).join("/") || "." : link.target;
  return target === undefined ? link : { ...link, target, bytes: Buffer.byteLength(target) };
}
