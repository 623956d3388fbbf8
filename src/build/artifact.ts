import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { git } from "../io/git.ts";
import { Artifact, type StoredArtifact } from "../model/artifact.ts";
import { type BuildRequest, writeTar } from "./tar.ts";

/**
 * Gives the artifact of a component: from the store, or made from git's own blobs. The same source digest gives the same
 * bytes, whatever the clone's settings: no export-ignore, no line-end conversion, no smudging.
 * Throws a UserError for what must not be shipped (an LFS pointer, a link that leaves the tree).
 */
export async function buildArtifact(directory: string, request: BuildRequest): Promise<StoredArtifact> {
  const store = await openStore(directory);
  const name = join(store, request.source.replace(/^sha256:/, ""));
  return (await readStored(name, request.commit)) ?? (await make(directory, name, request));
}

async function openStore(directory: string): Promise<string> {
  const gitDirectory = (await git(directory, ["rev-parse", "--path-format=absolute", "--git-common-dir"])).trim();
  const store = join(gitDirectory, "landfall", "artifacts");
  await mkdir(store, { recursive: true });
  return store;
}

/** What the store has, if it is whole: a tar that no longer has its digest is made again. */
async function readStored(name: string, commit: string): Promise<StoredArtifact | null> {
  try {
    const artifact = Artifact.parse(JSON.parse(await readFile(`${name}.json`, "utf8")));
    const path = `${name}.tar`;
    return (await digestOfFile(path)) === artifact.digest ? { ...artifact, commit, path } : null;
  } catch {
    return null;
  }
}

async function make(directory: string, name: string, request: BuildRequest): Promise<StoredArtifact> {
  const temporary = `${name}.${process.pid}-${Date.now()}.tmp`;
  try {
    const { files, bytes } = await writeTar(directory, temporary, request);
    const artifact: Artifact = {
      component: request.component,
      source: request.source,
      commit: request.commit,
      digest: await digestOfFile(temporary),
      bytes,
      files,
    };
    await rename(temporary, `${name}.tar`);
    await writeFile(`${temporary}.json`, JSON.stringify(artifact));
    await rename(`${temporary}.json`, `${name}.json`);
    await prune(dirname(name));
    return { ...artifact, path: `${name}.tar` };
  } finally {
    await rm(temporary, { force: true });
    await rm(`${temporary}.json`, { force: true });
  }
}

const kept = 30;
const dayMilliseconds = 24 * 3600 * 1000;

/** Keeps the newest artifacts: any other is made again from git when it is wanted. What a killed build left goes after a day. */
async function prune(store: string): Promise<void> {
  const names = await readdir(store);
  const files = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(store, name)).catch(() => null))?.mtimeMs ?? 0 })),
  );
  const newestFirst = files.sort((a, b) => b.at - a.at);
  const old = newestFirst.filter(({ name }) => name.endsWith(".json")).slice(kept);
  const remains = newestFirst.filter(({ name, at }) => name.includes(".tmp") && Date.now() - at > dayMilliseconds);
  const paths = [...remains, ...old, ...old.map(({ name }) => ({ name: name.replace(/json$/, "tar") }))];
  await Promise.all(paths.map(({ name }) => rm(join(store, name), { force: true })));
}

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return `sha256:${hash.digest("hex")}`;
}
