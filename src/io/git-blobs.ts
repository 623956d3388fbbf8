import { startGit } from "./git.ts";

/**
 * Reads the contents of blobs in the order given, from one `git cat-file --batch`, which applies no filter.
 * Throws when git does not have one. The format is that of git-cat-file(1), "BATCH OUTPUT".
 */
export async function* readBlobs(directory: string, blobs: readonly string[]): AsyncGenerator<Buffer, void, void> {
  if (blobs.length === 0) return;
  const child = startGit(directory, ["cat-file", "--batch"]);
  child.stderr.resume();
  child.on("error", (error) => child.stdout.destroy(error));
  child.stdin.on("error", () => {});
  child.stdin.end(`${blobs.join("\n")}\n`);
  const reader = byteReader(child.stdout);
  try {
    for (const blob of blobs) {
      const header = await reader.line();
      const match = /^([0-9a-f]+) blob (\d+)$/.exec(header);
      if (match?.[1] !== blob) throw new Error(`git cannot read the object ${blob}: ${header || "it ended early"}`);
      const content = await reader.take(Number(match[2]));
      await reader.take(1);
      yield content;
    }
  } finally {
    child.kill();
  }
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
