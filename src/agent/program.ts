import { createHash } from "node:crypto";
import { createWriteStream, existsSync, globSync } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type Pack, pack } from "tar-stream";
import { userError } from "../model/errors.ts";
import { addEntry } from "../util/tar-entry.ts";

/** A Landfall that needs nothing but its own Node: files by the path below its folder on the target. */
export interface Program {
  /** Follows what is in it. */
  digest: string;
  files: { path: string; from: string; mode: number }[];
}

/** The built program at this root, with that Node. Throws a UserError (invalid) when it is not built. */
export async function programOf(root: string, node: string): Promise<Program> {
  if (!existsSync(join(root, "dist/cli.js")) || !existsSync(join(root, "bin/landfall")))
    throw userError("invalid", "agent-cannot", `${root} holds no built Landfall to bring to the target`, {
      fix: "run npm run build",
    });
  const own = globSync(["dist/*.js", "dist/chunks/*.js"], { cwd: root }).sort();
  const files = [
    ...own.map((path) => ({ path, from: join(root, path), mode: 0o644 })),
    { path: "bin/landfall", from: join(root, "bin/landfall"), mode: 0o755 },
    { path: "package.json", from: join(root, "package.json"), mode: 0o644 },
    // Where bin/landfall looks for its own Node.
    { path: "node_modules/node/bin/node", from: node, mode: 0o755 },
  ];
  const hash = createHash("sha256");
  for (const { path, from } of files) {
    // Node is too large to be read each time: its version and size tell which it is.
    const content = from === node ? `${process.versions.node} ${(await stat(from)).size}` : await readFile(from);
    hash.update(`${path}\0`).update(content).update("\0");
  }
  return { digest: hash.digest("hex"), files };
}

/** Writes the program as tar.gz into a folder of its own, for as long as `use` works with the file. */
export async function withArchive<T>(program: Program, use: (file: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "landfall-agent-"));
  try {
    const file = join(directory, "program.tar.gz");
    const tar = pack();
    const written = pipeline(tar, createGzip({ level: 1 }), createWriteStream(file));
    await Promise.all([written, fill(tar, program)]);
    return await use(file);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function fill(tar: Pack, { files }: Program): Promise<void> {
  for (const { path, from, mode } of files) {
    await addEntry(tar, { name: path, mode }, await readFile(from));
  }
  tar.finalize();
}
