import { startGit } from "../io/git.ts";
import { durable } from "./durable.ts";
import { moveRef, patient } from "./move-ref.ts";

/** Moves refs one after another through one git process: one process less for each commit of a record. */
export interface RefMover {
  /** As `moveRef` does. */
  move(ref: string, to: string, from: string | null): Promise<"moved" | "lost">;
  close(): Promise<void>;
}

/**
 * Starts the process with the first move. Each is a transaction of its own (git-update-ref(1), "start" and "commit"). Only
 * git's word that it was committed counts: whatever else happens ends the process, and the move is made, or found to be made,
 * by a process of its own.
 */
export function openRefMover(repository: string): RefMover {
  let session: Session | null = null;
  return {
    move: async (ref, to, from) => {
      session ??= openSession(repository);
      const commands = `start\nupdate ${ref} ${to} ${from ?? "0".repeat(to.length)}\ncommit\n`;
      if (await session.commit(commands)) return "moved";
      await session.close();
      session = null;
      return await moveRef(repository, ref, to, from);
    },
    close: async () => await session?.close(),
  };
}

interface Session {
  /** Whether git said that it is done. */
  commit(commands: string): Promise<boolean>;
  close(): Promise<void>;
}

function openSession(repository: string): Session {
  const child = startGit(repository, [...durable, ...patient, "update-ref", "--stdin"]);
  let answer = "";
  let waiting: ((done: boolean) => void) | null = null;
  let ended = false;
  const settle = (done: boolean) => {
    waiting?.(done);
    waiting = null;
  };
  child.stdout.on("data", (chunk: Buffer) => {
    answer += chunk.toString("latin1");
    if (answer === "start: ok\ncommit: ok\n") settle(true);
  });
  child.stderr.resume();
  child.stdin.on("error", () => {});
  child.on("error", () => {});
  const closed = new Promise<void>((resolve) => {
    child.on("close", () => {
      ended = true;
      settle(false);
      resolve();
    });
  });
  return {
    commit: (commands) =>
      new Promise((resolve) => {
        if (ended) return resolve(false);
        answer = "";
        waiting = resolve;
        child.stdin.write(commands);
      }),
    close: async () => {
      child.stdin.end();
      const patience = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await closed;
      clearTimeout(patience);
    },
  };
}
