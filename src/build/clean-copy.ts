import { createHash } from "node:crypto";
import { chmod, lutimes, mkdir, mkdtemp, readdir, realpath, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type BuildRequest, readContents } from "./contents.ts";

/** Where a build works: nobody else knows the place, and nothing of the working tree is in it. */
export interface CleanCopy {
  /** The place as a whole: a path that is another with each build. */
  place: string;
  /** Holds the commit's files, by their paths. */
  folder: string;
  /** For what the build's tools lay aside. */
  temporary: string;
  /** SHA-256 of each committed file's content, by its path, in hexadecimal. */
  committed: ReadonlyMap<string, string>;
}

/**
 * Lays a component's files out as the commit has them, in a folder of their own, lets `work` run there, and removes the folder
 * however that ends. Files have fixed times: what a build packs must not tell when it was unpacked.
 * `left` is the folder when it could not be removed: a container that ran as root leaves what only root may remove.
 */
export async function inCleanCopy<Result>(
  directory: string,
  request: Pick<BuildRequest, "component" | "repository" | "files">,
  signal: AbortSignal,
  work: (copy: CleanCopy) => Promise<Result>,
): Promise<{ result: Result; left: string | null }> {
  signal.throwIfAborted();
  const place = await mkdtemp(join(await realpath(tmpdir()), "landfall-build-"));
  const removed = () =>
    remove(place).then(
      () => true,
      () => false,
    );
  try {
    const [folder, temporary] = [join(place, "files"), join(place, "tmp")];
    await mkdir(temporary);
    await mkdir(folder);
    const committed = await layOut(directory, folder, request, signal);
    const result = await work({ place, folder, temporary, committed });
    return { result, left: (await removed()) ? null : place };
  } catch (error) {
    await removed();
    throw error;
  }
}

/** 1980-01-01: before it a zip cannot tell times, and tools that make one refuse. */
export const fixedTime = Date.UTC(1980, 0, 1) / 1000;

async function layOut(
  directory: string,
  folder: string,
  request: Pick<BuildRequest, "component" | "repository" | "files">,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const committed = new Map<string, string>();
  const links: { path: string; target: string }[] = [];
  const folders = new Set([folder]);
  const makeFolder = async (path: string) => {
    await mkdir(path, { recursive: true });
    for (let above = path; !folders.has(above); above = dirname(above)) folders.add(above);
  };
  for await (const { file, content } of readContents(directory, request)) {
    signal.throwIfAborted();
    const path = join(folder, file.path);
    committed.set(file.path, createHash("sha256").update(content).digest("hex"));
    if (file.mode === "120000") links.push({ path, target: content.toString("utf8") });
    else {
      await makeFolder(dirname(path));
      // `wx`: two names that this disk takes for one would otherwise lose a file.
      await writeFile(path, content, { flag: "wx" });
      await chmod(path, file.mode === "100755" ? 0o755 : 0o644);
      await utimes(path, fixedTime, fixedTime);
    }
  }
  // Last, so that nothing is written through one.
  for (const { path, target } of links) {
    await makeFolder(dirname(path));
    await symlink(target, path);
  }
  for (const path of [...links.map((link) => link.path), ...folders]) await lutimes(path, fixedTime, fixedTime);
  return committed;
}

/** Some tools leave folders that even their owner may not write to (Go's module cache). */
async function remove(place: string): Promise<void> {
  try {
    await rm(place, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    await makeWritable(place);
    await rm(place, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
}
