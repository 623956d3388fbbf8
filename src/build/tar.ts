import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import type { ArtifactFile } from "../model/artifact.ts";
import { addEntry } from "../util/tar-entry.ts";
import { type BuildRequest, readContents } from "./contents.ts";

/** Writes a component's files as a tar that depends on nothing but their content: sorted, owned by 0, no clock of this machine. */
export async function writeTar(
  directory: string,
  path: string,
  request: BuildRequest,
): Promise<{ files: ArtifactFile[]; bytes: number }> {
  const tar = pack();
  const file = createWriteStream(path);
  const written = pipeline(tar, file);
  // Awaited with each file; without this a failure while blobs are read would count as unhandled.
  written.catch(() => {});
  const files: ArtifactFile[] = [];
  const common = { mtime: timeOf(request.source), uid: 0, gid: 0, uname: "", gname: "" };
  for await (const { file: entry, content } of readContents(directory, request)) {
    const mode = entry.mode === "100755" ? 0o755 : 0o644;
    const link = { type: "symlink", linkname: content.toString("utf8"), mode: 0o777 } as const;
    const isLink = entry.mode === "120000";
    const header = { ...common, name: entry.path, ...(isLink ? link : { mode }) };
    // A full disk ends what is written, and then nobody takes an entry any more.
    await Promise.race([addEntry(tar, header, isLink ? "" : content), written]);
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

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}
