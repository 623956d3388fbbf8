import type { RolloutEvent } from "../model/rollout.ts";
import type { State } from "../model/state.ts";
import { writeFailed } from "./durable.ts";
import { type CommitWriter, openCommitWriter } from "./fast-import.ts";
import { type FoldScope, fold } from "./fold.ts";
import { type Head, readHead } from "./head.ts";
import type { Recorder } from "./ledger.ts";
import { jitter, moveRef } from "./move-ref.ts";
import { ledgerRef, rolloutFolder, temporaryRefs } from "./refs.ts";
import { endTemporary } from "./temporary.ts";

/** Where a rollout's record begins: what is there already, of the environment and of this rollout. */
export interface RecorderStart {
  repository: string;
  environment: string;
  rollout: string;
  head: Head | null;
  /** The state to begin with where there is no head. */
  empty: State;
  /** What the rollout's events so far leave behind; new for a new rollout. */
  scope: FoldScope;
  /** Number of the rollout's last segment; 0 when it has none. */
  segments: number;
}

interface Waiting {
  event: RolloutEvent;
  resolve: () => void;
  reject: (error: Error) => void;
}

/** Records one rollout with group commit: what arrives while a batch is being written goes into the next one. */
export function openRecorder(start: RecorderStart): Recorder {
  const { repository, environment, rollout } = start;
  const folder = rolloutFolder(rollout);
  // One of its own for each writer: when git is killed its lock file stays, and the next writer must not stumble over it.
  const privateRefs: string[] = [];
  const startWriter = (): CommitWriter => {
    const ref = `${temporaryRefs}${rollout}/${process.pid}-${privateRefs.length + 1}`;
    privateRefs.push(ref);
    return openCommitWriter(repository, ref);
  };
  let { head, scope, segments } = start;
  let writer: CommitWriter | null = null;
  let queue: Waiting[] = [];
  let working: Promise<void> | null = null;
  let acknowledged = segments > 0;
  let closed = false;

  const drain = async () => {
    // Events that are appended in one go are one batch.
    await Promise.resolve();
    while (queue.length > 0) {
      const batch = queue;
      queue = [];
      try {
        await commit(batch.map(({ event }) => event));
        acknowledged = true;
        for (const { resolve } of batch) resolve();
      } catch (error) {
        await writer?.close();
        writer = null;
        const failed = writeFailed(
          `the record of ${environment} could not be written`,
          error,
          acknowledged ? "unproven" : "blocked",
        );
        for (const { reject } of batch) reject(failed);
      }
    }
    working = null;
  };

  /** Folds the events onto the newest state, writes both, and moves the ref if it is still what the state was read from. */
  const commit = async (events: readonly RolloutEvent[]) => {
    // Numbers are never used twice: a batch that failed may still have reached the ledger.
    segments += 1;
    const segment = {
      path: `${folder}/${segments}.ndjson`,
      content: events.map((event) => `${JSON.stringify(event)}\n`).join(""),
    };
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const nextScope = structuredClone(scope);
      const before = head?.state ?? start.empty;
      const state = events.reduce((folded, event) => fold(folded, event, nextScope), before);
      const changed = head === null || state !== before;
      writer ??= startWriter();
      const id = await writer.write({
        parent: head?.commit ?? null,
        message: `${rollout}: ${[...new Set(events.map(({ event }) => event))].join(", ")}\n`,
        files: changed ? [{ path: "state.json", content: stateText(state) }, segment] : [segment],
      });
      const moved = await moveRef(repository, ledgerRef(environment), id, head?.commit ?? null);
      writer.check();
      if (moved === "moved") {
        head = { commit: id, state };
        scope = nextScope;
        return;
      }
      await jitter(attempt);
      head = await readHead(repository, environment);
    }
    throw new Error(`other writers moved the ledger ${attempts} times in a row`);
  };

  return {
    rollout,
    append: (event) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new Error("an event was appended after the recorder was closed"));
        queue.push({ event, resolve, reject });
        working ??= drain();
      }),
    state: () => head?.state ?? start.empty,
    close: async () => {
      if (closed) return;
      closed = true;
      await working;
      await writer?.close();
      if (privateRefs.length > 0 && head !== null)
        await endTemporary(repository, environment, privateRefs, head.commit);
    },
  };
}

/** state.json as it is stored: one value per line, so that `git diff` of two states reads well. */
export function stateText(state: State): string {
  return `${JSON.stringify(state, null, 1)}\n`;
}

/** With jitter up to a second each, more than any two writers of one environment need. */
const attempts = 30;
