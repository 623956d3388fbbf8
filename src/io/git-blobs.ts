import { userError } from "../model/errors.ts";
import { startGit } from "./git.ts";

/** A content that git has, and in which repository when it is not the one that is asked. */
export interface BlobPlace {
  blob: string;
  repository?: string | undefined;
}

/**
 * Reads contents in the order given, each from its own repository: a component's files may come from submodules too.
 * Throws as `readBlobs` does.
 */
export async function* readFiles(directory: string, files: readonly BlobPlace[]): AsyncGenerator<Buffer, void, void> {
  const readers = new Map(
    [...Map.groupBy(files, ({ repository }) => repository ?? directory)].map(([repository, own]) => [
      repository,
      readBlobs(
        repository,
        own.map(({ blob }) => blob),
      ),
    ]),
  );
  try {
    for (const { repository } of files) {
      const next = await readers.get(repository ?? directory)?.next();
      if (next?.done === false) yield next.value;
    }
  } finally {
    for (const reader of readers.values()) await reader.return();
  }
}

/**
 * Reads the contents of blobs in the order given, from one `git cat-file --batch`, which applies no filter.
 * Throws `object-missing` when git does not have one and cannot fetch it. The format is that of git-cat-file(1), "BATCH OUTPUT".
 */
export async function* readBlobs(directory: string, blobs: readonly string[]): AsyncGenerator<Buffer, void, void> {
  if (blobs.length === 0) return;
  const child = startGit(directory, ["cat-file", "--batch"]);
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
  });
  child.on("error", (error) => child.stdout.destroy(error));
  child.stdin.on("error", () => {});
  child.stdin.end(`${blobs.join("\n")}\n`);
  const reader = byteReader(child.stdout);
  try {
    for (const blob of blobs) {
      const header = await reader.line();
      const match = /^([0-9a-f]+) blob (\d+)$/.exec(header);
      if (match?.[1] !== blob) throw missing(blob, header || said.trim() || "it ended early");
      const content = await reader.take(Number(match[2]));
      await reader.take(1);
      yield content;
    }
  } finally {
    child.kill();
  }
}

/** A partial clone lacks contents until they are asked for; then git fetches them, which may fail. */
function missing(blob: string, said: string) {
  const message = `git cannot read the object ${blob}: ${said.replace(/\s*\n\s*/g, "; ")}`;
  return userError("blocked", "object-missing", message, {
    fix: "git fetch --refetch, or a clone that is not partial",
  });
}

function byteReader(stream: AsyncIterable<Buffer>): { line(): Promise<string>; take(bytes: number): Promise<Buffer> } {
  const source = stream[Symbol.asyncIterator]();
  let held: Buffer[] = [];
  let heldBytes = 0;
  const more = async (): Promise<boolean> => {
    const next = await source.next();
    if (next.done) return false;
    held.push(next.value);
    heldBytes += next.value.length;
    return true;
  };
  const cut = (bytes: number): Buffer => {
    const all = held.length === 1 && held[0] ? held[0] : Buffer.concat(held);
    held = all.length > bytes ? [all.subarray(bytes)] : [];
    heldBytes = all.length - bytes;
    return all.subarray(0, bytes);
  };
  const take = async (bytes: number): Promise<Buffer> => {
    while (heldBytes < bytes) if (!(await more())) throw new Error("git ended before the object was complete");
    return cut(bytes);
  };
  const line = async (): Promise<string> => {
    for (;;) {
      const all = held.length === 1 && held[0] ? held[0] : Buffer.concat(held);
      held = [all];
      const end = all.indexOf(10);
      if (end >= 0)
        return cut(end + 1)
          .toString("utf8")
          .trimEnd();
      if (!(await more())) return "";
    }
  };
  return { line, take };
}
