import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Artifact, NativeFile, StoredArtifact, Wheel } from "../model/artifact.ts";
import { userError } from "../model/errors.ts";
import type { Finding } from "../model/finding.ts";
import { type CleanCopy, inCleanCopy } from "./clean-copy.ts";
import type { BuildRequest } from "./contents.ts";
import { withPlainInterpreter } from "./package-noise.ts";
import { type Limits, refuseTooLarge } from "./package-size.ts";
import { readTree, type Selection, type TreeFile } from "./package-tree.ts";
import { type BuildCommand, runBuild } from "./run-build.ts";
import { fromStore } from "./store.ts";
import { writeZip, type ZipEntry } from "./zip.ts";

/** What a component's package is made of. */
export interface PackageRequest extends BuildRequest {
  /** The folder that the command runs in and that is the archive's root, relative to the manifest's directory. */
  root: string;
  /** None: the commit's files are packed as they are. */
  build?: BuildCommand | undefined;
  /** What of the folder goes into the archive. */
  package?: Selection | undefined;
  limits: Limits;
}

/**
 * Gives a component's package, a zip: from the store, or built from the commit's files in a clean copy. The same files built
 * by the same command give the same bytes whenever and wherever they are built, as far as the command itself does.
 * `findings` of what is given are warnings; what must not go on throws a UserError: `build-failed`, `build-empty`,
 * `package-too-large`, `path-escapes`, `lfs-pointer`, `bad-file-name`. When it is cancelled, what `signal` says is thrown.
 *
 * @param directory the manifest's directory, in the repository with the store
 * @param onLine is given each line that the command prints, unmasked
 */
export async function buildPackage(
  directory: string,
  request: PackageRequest,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<StoredArtifact> {
  const artifact = await fromStore(directory, {
    key: keyOf(request),
    extension: "zip",
    commit: request.commit,
    make: (zip) => inCleanCopy(directory, request, signal, (copy) => make(copy, zip, request, onLine, signal)),
  });
  refuseTooLarge(request.component, artifact, request.limits);
  return artifact;
}

/** Counts up when the same input is packed in another way: what is stored then counts for nothing. */
const format = 1;

/** All that a package is made from. Values of variables are in it only as a part of the digest. */
function keyOf({ source, root, build, package: selection }: PackageRequest): string {
  const variables = Object.entries(build?.variables ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const input = [format, source, root, build?.run, build?.shell, variables, selection?.include, selection?.exclude];
  return createHash("sha256").update(JSON.stringify(input)).digest("hex");
}

async function make(
  copy: CleanCopy,
  zip: string,
  request: PackageRequest,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<Omit<Artifact, "digest">> {
  const { component, source, commit, build, limits } = request;
  const root = join(copy.folder, request.root);
  if (build) await runBuild(component, build, { folder: root, temporary: copy.temporary }, onLine, signal);
  const tree = await readTree(component, root, request.package ?? {});
  if (tree.length === 0) {
    throw userError("failed", "build-empty", `the build of ${component} left no file for its package`, { component });
  }
  refuseTooLarge(component, { files: tree }, limits);
  const natives: NativeFile[] = [];
  const wheels: Wheel[] = [];
  const findings: Finding[] = [];
  const { files, bytes } = await writeZip(zip, entries(root, tree), signal);
  return { component, source, commit, files, bytes, natives, wheels, findings };
}

async function* entries(root: string, tree: readonly TreeFile[]): AsyncGenerator<ZipEntry, void, void> {
  for (const { path, mode, target } of tree) {
    if (target !== undefined) yield { path, mode, content: Buffer.from(target) };
    else yield { path, mode, content: withPlainInterpreter(await readFile(join(root, path))) };
  }
}
