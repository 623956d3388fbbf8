import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { git } from "../io/git.ts";
import { Artifact, type StoredArtifact } from "../model/artifact.ts";

/** Under which name the store keeps an artifact, and how its bytes are made when it is not there. */
export interface Wanted {
  /** Hexadecimal: a digest of all that the artifact is made from. */
  key: string;
  extension: "tar" | "zip";
  /** The commit that is deployed now: the same content may have been stored for an earlier one. */
  commit: string;
  /** Writes the artifact's bytes to a path, and gives all else that is kept of it. */
  make(path: string): Promise<Omit<Artifact, "digest">>;
}

/** Gives an artifact from the clone's store (`.git/landfall/artifacts`), or makes it. One that is damaged is made again. */
export async function fromStore(directory: string, wanted: Wanted): Promise<StoredArtifact> {
  const name = join(await openStore(directory), wanted.key);
  return (await readStored(name, wanted)) ?? (await make(name, wanted));
}

async function openStore(directory: string): Promise<string> {
  const gitDirectory = (await git(directory, ["rev-parse", "--path-format=absolute", "--git-common-dir"])).trim();
  const store = join(gitDirectory, "landfall", "artifacts");
  await mkdir(store, { recursive: true });
  return store;
}

/** What the store has, if it is whole: bytes that no longer have their digest are made again. */
async function readStored(name: string, { extension, commit }: Wanted): Promise<StoredArtifact | null> {
  try {
    const artifact = Artifact.parse(JSON.parse(await readFile(`${name}.json`, "utf8")));
    const path = `${name}.${extension}`;
    if ((await digestOfFile(path)) !== artifact.digest) return null;
    const now = new Date();
    await utimes(`${name}.json`, now, now);
    return { ...artifact, commit, path };
  } catch {
    return null;
  }
}

async function make(name: string, { extension, make: write }: Wanted): Promise<StoredArtifact> {
  const temporary = `${name}.${process.pid}-${Date.now()}.tmp`;
  const path = `${name}.${extension}`;
  try {
    const made = await write(temporary);
    const artifact: Artifact = { ...made, digest: await digestOfFile(temporary) };
    await rename(temporary, path);
    await writeFile(`${temporary}.json`, JSON.stringify(artifact));
    await rename(`${temporary}.json`, `${name}.json`);
    await prune(dirname(name));
    return { ...artifact, path };
  } finally {
    await rm(temporary, { force: true });
    await rm(`${temporary}.json`, { force: true });
  }
}

const kept = 30;
const hourMilliseconds = 3600 * 1000;
/** One rollout may need more artifacts than are kept, and none may go before its last step has read it. */
const inUseMilliseconds = 4 * hourMilliseconds;

/** Keeps the newest artifacts: any other is made again when it is wanted. What a killed build left goes after a day. */
async function prune(store: string): Promise<void> {
  const names = await readdir(store);
  const files = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(store, name)).catch(() => null))?.mtimeMs ?? 0 })),
  );
  const age = ({ at }: { at: number }) => Date.now() - at;
  const newestFirst = files.sort((a, b) => b.at - a.at);
  const old = newestFirst
    .filter(({ name }) => name.endsWith(".json"))
    .slice(kept)
    .filter((file) => age(file) > inUseMilliseconds);
  const remains = newestFirst.filter((file) => file.name.includes(".tmp") && age(file) > 24 * hourMilliseconds);
  const paths = [
    ...remains.map(({ name }) => name),
    ...old.flatMap(({ name }) => ["json", "tar", "zip"].map((extension) => name.replace(/json$/, extension))),
  ];
  await Promise.all(paths.map((name) => rm(join(store, name), { force: true })));
}

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return `sha256:${hash.digest("hex")}`;
}
