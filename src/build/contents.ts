import { posix } from "node:path";
import { readFiles } from "../io/git-blobs.ts";
import { userError } from "../model/errors.ts";
import { staysBelow } from "../util/stays-below.ts";

/** A component's files at a commit, as the revision stage read them. */
export interface BuildRequest {
  component: string;
  commit: string;
  /** Source digest: what the artifact is made from. */
  source: string;
  /** Where git has the files' contents, when that is not the repository with the store. */
  repository?: string | undefined;
  /** Relative to the manifest's directory, sorted; `mode` and `blob` as git gives them. */
  files: readonly CommittedFile[];
}

/** One file of a commit. */
export interface CommittedFile {
  path: string;
  mode: string;
  blob: string;
  /** Where git has its content, when that is not the request's repository: a submodule's. */
  repository?: string | undefined;
}

/**
 * Reads each file's content from git, in the order given, as it was committed: no filter, no smudging.
 * Throws a UserError for what must not be shipped (an LFS pointer, a link or a path that leaves the tree).
 */
export async function* readContents(
  directory: string,
  { component, repository, files }: Pick<BuildRequest, "component" | "repository" | "files">,
): AsyncGenerator<{ file: CommittedFile; content: Buffer }, void, void> {
  const blobs = readFiles(repository ?? directory, files);
  try {
    for (const file of files) {
      const next = await blobs.next();
      if (next.done) throw new Error(`git did not give the content of ${file.path}`);
      refuseUnshippable(component, file, next.value);
      yield { file, content: next.value };
    }
  } finally {
    // Else git would wait to be read until this process ends.
    await blobs.return();
  }
}

function refuseUnshippable(component: string, { path, mode }: CommittedFile, content: Buffer): void {
  if (!staysBelow(path)) {
    throw userError("blocked", "path-escapes", `the commit has a file at ${path}, outside the release`, { component });
  }
  if (mode === "120000") {
    const target = content.toString("utf8");
    const lands = posix.normalize(posix.join(posix.dirname(path), target));
    if (target.startsWith("/") || lands === ".." || lands.startsWith("../")) {
      const message = `${path} is a link to ${target}, outside the release`;
      throw userError("blocked", "path-escapes", message, { component, file: path });
    }
  } else if (
    content.length < 1024 &&
    content.toString("latin1").startsWith("version https://git-lfs.github.com/spec/")
  ) {
    const message = `${path} is an LFS pointer in the commit, not the file itself`;
    throw userError("blocked", "lfs-pointer", message, { component, file: path });
  }
}
