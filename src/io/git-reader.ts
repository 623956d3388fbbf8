import { GitError, startGit } from "./git.ts";

export interface GitObject {
  id: string;
  type: string;
  content: Buffer;
}

/** One git process that answers any number of questions. */
export interface GitReader {
  /** Reads an object by id, ref or `REF:PATH` as it is now; null when there is none. */
  read(name: string): Promise<GitObject | null>;
  close(): void;
}

/** Starts `git cat-file --batch`. The format is that of git-cat-file(1), "BATCH OUTPUT". */
export function openGitReader(repository: string): GitReader {
  const child = startGit(repository, ["cat-file", "--batch"]);
  const waiting: { resolve: (object: GitObject | null) => void; reject: (error: Error) => void }[] = [];
  const replies = replyParser((reply) => waiting.shift()?.resolve(reply));
  let said = "";
  let ended: Error | null = null;
  const fail = (error: Error) => {
    ended ??= error;
    for (const { reject } of waiting.splice(0)) reject(ended);
  };
  child.stdout.on("data", (chunk: Buffer) => replies(chunk));
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
  });
  child.stdin.on("error", () => {});
  child.on("error", (error) => fail(new GitError(`git cat-file could not be started: ${error.message}`, null)));
  child.on("close", (status) => fail(new GitError(said.trim() || "git cat-file ended before its answer", status)));
  return {
    read: (name) =>
      new Promise((resolve, reject) => {
        if (name.includes("\n")) reject(new Error("an object's name cannot hold a newline"));
        else if (ended) reject(ended);
        else {
          waiting.push({ resolve, reject });
          child.stdin.write(`${name}\n`);
        }
      }),
    close: () => void child.stdin.end(),
  };
}

/** Cuts the stream into replies: `ID TYPE SIZE`, content, newline; or a line that ends in `missing`. */
function replyParser(onReply: (reply: GitObject | null) => void): (chunk: Buffer) => void {
  let held: Buffer[] = [];
  let bytes = 0;
  let header: { id: string; type: string; size: number } | null = null;
  const joined = (): Buffer => {
    const all = held.length === 1 && held[0] ? held[0] : Buffer.concat(held);
    held = [all];
    return all;
  };
  const drop = (all: Buffer, count: number) => {
    held = [all.subarray(count)];
    bytes -= count;
  };
  /** Takes one header or one content off the front; false when it is not complete yet. */
  const step = (): boolean => {
    if (header) {
      if (bytes < header.size + 1) return false;
      const all = joined();
      onReply({ id: header.id, type: header.type, content: Buffer.from(all.subarray(0, header.size)) });
      drop(all, header.size + 1);
      header = null;
      return true;
    }
    const all = joined();
    const end = all.indexOf(10);
    if (end < 0) return false;
    const line = all.toString("utf8", 0, end);
    const match = /^([0-9a-f]{40,64}) ([a-z]+) (\d+)$/.exec(line);
    if (match?.[1] && match[2]) header = { id: match[1], type: match[2], size: Number(match[3]) };
    else onReply(null);
    drop(all, end + 1);
    return true;
  };
  return (chunk) => {
    held.push(chunk);
    bytes += chunk.length;
    while (bytes > 0 && step()) {}
  };
}

/** The entries of a tree object: names and what they are. */
export function parseTree(tree: GitObject): { name: string; id: string; folder: boolean }[] {
  const idBytes = tree.id.length / 2;
  const entries: { name: string; id: string; folder: boolean }[] = [];
  for (let at = 0; at < tree.content.length; ) {
    const space = tree.content.indexOf(32, at);
    const zero = tree.content.indexOf(0, space);
    entries.push({
      name: tree.content.toString("utf8", space + 1, zero),
      id: tree.content.toString("hex", zero + 1, zero + 1 + idBytes),
      folder: tree.content.toString("latin1", at, space) === "40000",
    });
    at = zero + 1 + idBytes;
  }
  return entries;
}
