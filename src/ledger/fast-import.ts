import { startGit } from "../io/git.ts";
import { durable, identity } from "./durable.ts";
import { unwrittenRef } from "./refs.ts";

/** A commit to write: the files that it adds or changes on top of its parent. */
export interface NewCommit {
  parent: string | null;
  message: string;
  files: readonly { path: string; content: string }[];
}

/** Writes commits that no ref leads to yet: compare-and-swap puts them onto one. */
export interface CommitWriter {
  /**
   * Gives the commit's id when git has stored all of it, where any other git process can read it.
   * Rejects when git printed anything on its standard error or ended; the writer is then of no more use.
   */
  write(commit: NewCommit): Promise<string>;
  /** Throws what went wrong since the last answer, if anything did. */
  check(): void;
  close(): Promise<void>;
}

/**
 * Starts the one git process of a rollout. fast-import answers `get-mark` from memory, before the object is stored; a
 * `checkpoint` first makes it write and sync everything, so the answer after it is one that can be relied on.
 * `--done`: a stream that is cut off is an error instead of its end, so that no commit is made of half its files.
 */
export function openCommitWriter(repository: string): CommitWriter {
  const child = startGit(repository, [...durable, ...loose, "fast-import", "--done", "--force", "--quiet"]);
  let failure: Error | null = null;
  let waiting: { resolve: (id: string) => void; reject: (error: Error) => void } | null = null;
  let said = "";
  let answer = "";
  const fail = (message: string) => {
    failure ??= new Error(message);
    waiting?.reject(failure);
    waiting = null;
  };
  child.stdout.on("data", (chunk: Buffer) => {
    answer += chunk.toString("latin1");
    if (!answer.endsWith("\n")) return;
    const id = answer.trim();
    answer = "";
    if (!/^[0-9a-f]{40,64}$/.test(id)) fail(`git fast-import answered \`${id}\``);
    waiting?.resolve(id);
    waiting = null;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
    fail(said.trim());
    child.kill();
  });
  child.stdin.on("error", () => {});
  child.on("error", (error) => fail(`git fast-import could not be started: ${error.message}`));
  const closed = new Promise<void>((resolve) => {
    child.on("close", (status, signal) => {
      fail(said.trim() || `git fast-import ended: ${signal ?? `status ${status}`}`);
      resolve();
    });
  });
  return {
    write: (commit) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure);
        waiting = { resolve, reject };
        const stream = commitStream(commit);
        child.stdin.write(stream.contents);
        child.stdin.write(stream.commit);
      }),
    check: () => {
      if (failure) throw failure;
    },
    close: async () => {
      child.stdin.end("done\n");
      const patience = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await closed;
      clearTimeout(patience);
    },
  };
}

/**
 * Each batch becomes loose objects. A pack per batch would be written a third faster (one sync instead of eight), but thousands
 * of tiny packs slow every git command in the repository down, and make git repack all of it every few rollouts.
 */
const loose = ["-c", "fastimport.unpackLimit=100"];

/**
 * The commands of one commit: git-fast-import(1), "Input Format". Contents go first, so that the commit itself is one small
 * write that a kill does not cut in two; cut streams leave half a commit among the unreachable objects, and no answer.
 *
 * The branch that fast-import wants is emptied again before the checkpoint, so it has nothing to write there: a ref of a
 * writer that was killed would stay, and who removes it may meet a living one's, which git then refuses to write.
 */
export function commitStream(commit: NewCommit): { contents: Buffer; commit: Buffer } {
  const contents = commit.files.map(({ content }, index) =>
    Buffer.concat([text(`blob\nmark :${index + 2}\n`), data(content)]),
  );
  const commands = [
    text(`commit ${unwrittenRef}\nmark :1\ncommitter ${identity(new Date())}\n`),
    data(commit.message),
    text(commit.parent === null ? "" : `from ${commit.parent}\n`),
    // Paths need no quoting: the ledger's are plain.
    ...commit.files.map(({ path }, index) => text(`M 100644 :${index + 2} ${path}\n`)),
    text(`reset ${unwrittenRef}\n\n`),
    // The empty line is part of `checkpoint`: git waits for one more byte before it acts.
    text("checkpoint\n\nget-mark :1\n"),
  ];
  return { contents: Buffer.concat(contents), commit: Buffer.concat(commands) };
}

function data(content: string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([text(`data ${bytes.length}\n`), bytes, text("\n")]);
}

function text(ascii: string): Buffer {
  return Buffer.from(ascii);
}
