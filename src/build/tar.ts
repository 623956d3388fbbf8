import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { posix } from "node:path";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import { readBlobs } from "../io/git-blobs.ts";
import type { ArtifactFile } from "../model/artifact.ts";
import { userError } from "../model/errors.ts";

/** A component's files at a commit, as the revision stage read them. */
export interface BuildRequest {
  component: string;
  commit: string;
  /** Source digest: the name under which the artifact is stored. */
  source: string;
  /** Where git has the files' contents, when that is not the repository with the store. */
  repository?: string | undefined;
  files: readonly { path: string; mode: string; blob: string }[];
}

/** Writes a component's files as a tar that depends on nothing but their content: sorted, owned by 0, no clock of this machine. */
export async function writeTar(
  directory: string,
  path: string,
  request: BuildRequest,
): Promise<{ files: ArtifactFile[]; bytes: number }> {
  const tar = pack();
  const file = createWriteStream(path);
  const written = pipeline(tar, file);
  // Awaited below; without this a failure while blobs are read would count as unhandled.
  written.catch(() => {});
  const files: ArtifactFile[] = [];
  const common = { mtime: timeOf(request.source), uid: 0, gid: 0, uname: "", gname: "" };
  const blobs = readBlobs(
    request.repository ?? directory,
    request.files.map((entry) => entry.blob),
  );
  for (const entry of request.files) {
    const next = await blobs.next();
    if (next.done) throw new Error(`git did not give the content of ${entry.path}`);
    const content = next.value;
    refuseUnshippable(request.component, entry, content);
    if (entry.mode === "120000")
      tar.entry({ ...common, name: entry.path, type: "symlink", linkname: content.toString("utf8"), mode: 0o777 });
    else await addFile(tar, { ...common, name: entry.path, mode: entry.mode === "100755" ? 0o755 : 0o644 }, content);
    files.push({
      path: entry.path,
      mode: entry.mode as ArtifactFile["mode"],
      sha256: sha256(content),
      bytes: content.length,
    });
  }
  tar.finalize();
  await written;
  return { files, bytes: file.bytesWritten };
}

/**
 * One time for all files, from the source digest. The same source gives the same bytes; build tools see no file as newer than
 * another; and a web server that tells versions apart by time and size (nginx's ETag) sees a new one with each source.
 */
function timeOf(source: string): Date {
  const twentyYears = 20 * 365 * 24 * 3600;
  const offset = Number.parseInt(sha256(Buffer.from(source)).slice(0, 8), 16) % twentyYears;
  return new Date(Date.UTC(2000, 0, 1) + offset * 1000);
}

/** Resolves when the tar took the content, so that memory holds about one file at a time. */
async function addFile(
  tar: ReturnType<typeof pack>,
  header: { name: string; mode: number; mtime: Date },
  content: Buffer,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    tar.entry(header, content, (error) => (error ? reject(error) : resolve()));
  });
}

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function refuseUnshippable(component: string, entry: { path: string; mode: string }, content: Buffer): void {
  if (entry.mode === "120000") {
    const target = content.toString("utf8");
    const lands = posix.normalize(posix.join(posix.dirname(entry.path), target));
    if (target.startsWith("/") || lands === ".." || lands.startsWith("../")) {
      throw userError("blocked", "path-escapes", `${entry.path} is a link to ${target}, outside the release`, {
        component,
        file: entry.path,
      });
    }
  } else if (
    content.length < 1024 &&
    content.toString("latin1").startsWith("version https://git-lfs.github.com/spec/")
  ) {
    throw userError("blocked", "lfs-pointer", `${entry.path} is an LFS pointer in the commit, not the file itself`, {
      component,
      file: entry.path,
    });
  }
}
