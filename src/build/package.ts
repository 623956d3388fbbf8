import { createHash } from "node:crypto";
import { lstat, realpath } from "node:fs/promises";
import { join } from "node:path";
import type { Artifact, StoredArtifact } from "../model/artifact.ts";
import { userError } from "../model/errors.ts";
import type { Finding } from "../model/finding.ts";
import { type CleanCopy, inCleanCopy } from "./clean-copy.ts";
import type { BuildRequest } from "./contents.ts";
import { openContents } from "./package-contents.ts";
import { type Limits, refuseTooLarge } from "./package-size.ts";
import { readTree, type Selection } from "./package-tree.ts";
import { doubtsOf } from "./package-warnings.ts";
import { type BuildCommand, runBuild } from "./run-build.ts";
import { fromStore } from "./store.ts";
import { writeZip } from "./zip.ts";

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
  const left: Finding[] = [];
  const artifact = await fromStore(directory, {
    key: keyOf(request),
    extension: "zip",
    commit: request.commit,
    make: async (zip) => {
      const work = (copy: CleanCopy) => make(copy, zip, request, onLine, signal);
      const made = await inCleanCopy(directory, request, signal, work);
      if (made.left !== null) left.push(notRemoved(request.component, made.left));
      return made.result;
    },
  });
  refuseTooLarge(request.component, artifact, request.limits);
  return { ...artifact, findings: [...(artifact.findings ?? []), ...left] };
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
  const doubts = build ? doubtsOf(request, build.run, copy) : null;
  if (build) {
    const folder = await ownFolder(copy, request);
    await runBuild(component, build, { folder, temporary: copy.temporary }, onLine, signal);
  }
  const tree = await readTree(component, await ownFolder(copy, request), request.package ?? {});
  if (tree.length === 0) {
    throw userError("failed", "build-empty", `the package of ${component} would have no file`, { component });
  }
  refuseTooLarge(component, { files: tree }, limits);
  const contents = openContents(component, copy, request.root);
  const { files, bytes } = await writeZip(zip, contents.entries(tree), signal);
  const { built, ...seen } = contents.seen();
  const paths = tree.map(({ path }) => path);
  const findings = [...(doubts?.findings ?? []), ...(doubts?.afterwards(built, paths) ?? []), ...seen.findings];
  return { component, source, commit, files, bytes, ...seen, findings };
}

function notRemoved(component: string, folder: string): Finding {
  const message = `the folder ${folder}, in which ${component} was built, holds files of another user and could not be removed`;
  const fix = 'let the build\'s container run as you: docker run --user "$(id -u):$(id -g)" …';
  return { code: "build-not-removed", level: "warning", component, message, fix };
}

/** The package's folder, which must be one, in the copy. Asked again after the build: it may have put a link there. */
async function ownFolder({ folder }: CleanCopy, { component, root }: PackageRequest): Promise<string> {
  const path = join(folder, root);
  const found = await realpath(path).catch(() => null);
  if (found === null || !(await lstat(found)).isDirectory()) {
    const message = `${root}, where ${component} is built, is not a folder of the commit`;
    throw userError("failed", "build-failed", message, { component });
  }
  if (found !== folder && !found.startsWith(`${folder}/`)) {
    throw userError("failed", "path-escapes", `${root}, where ${component} is built, leads outside`, { component });
  }
  return found;
}
