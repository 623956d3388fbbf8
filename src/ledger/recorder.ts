import type { RolloutEvent } from "../model/rollout.ts";
import type { State } from "../model/state.ts";
import { appendCommit } from "./append-commit.ts";
import { writeFailed } from "./durable.ts";
import { type CommitWriter, openCommitWriter } from "./fast-import.ts";
import { type FoldScope, fold } from "./fold.ts";
import type { Head } from "./head.ts";
import type { Recorder } from "./ledger.ts";
import type { Place } from "./place.ts";
import { openRefMover } from "./ref-mover.ts";
import { approvalFolder, rolloutFolder, usedName } from "./refs.ts";
import { endWriting } from "./tidy.ts";

/** Where a rollout's record begins: what is there already, of the environment and of this rollout. */
export interface RecorderStart {
  head: Head | null;
  /** What the rollout's events so far leave behind; new for a new rollout. */
  scope: FoldScope;
  /** Number of the rollout's last segment; 0 when it has none. */
  segments: number;
}

/** Gives the remote what was recorded here. */
export interface Sender {
  /** Soon, together with what follows. */
  soon(): void;
  /** Now. Resolves when the remote has what was acknowledged before the call; rejects when it could not be given. */
  now(): Promise<void>;
  /** Sends what is left, as far as the remote takes it: what it does not take is sent by the next run. */
  close(): Promise<void>;
}

interface Waiting {
  event: RolloutEvent;
  resolve: () => void;
  reject: (error: Error) => void;
}

/**
 * Records one rollout with group commit: what arrives while a batch is being written goes into the next one.
 * `read` tells where to begin: it is asked at the start, and again after a batch of which nobody knows whether it arrived.
 */
export async function openRecorder(
  place: Place,
  rollout: string,
  empty: State,
  read: () => Promise<RecorderStart>,
  sender: Sender | null,
): Promise<Recorder> {
  const { repository, environment } = place;
  const folder = rolloutFolder(rollout);
  const refs = openRefMover(repository);
  let { head, scope, segments } = await read();
  let writer: CommitWriter | null = null;
  let uncertain = false;
  let acknowledged = segments > 0;
  let queue: Waiting[] = [];
  let working: Promise<void> | null = null;
  let closed = false;

  const drain = async () => {
    // Events that are appended in one go are one batch.
    await Promise.resolve();
    while (queue.length > 0) {
      const batch = queue;
      queue = [];
      try {
        await write(batch.map(({ event }) => event));
        acknowledged = true;
        for (const { resolve } of batch) resolve();
        sender?.soon();
      } catch (error) {
        uncertain = true;
        await writer?.close();
        writer = null;
        const what = `the record of ${environment} could not be written`;
        const failed = writeFailed(what, error, acknowledged ? "unproven" : "blocked");
        for (const { reject } of batch) reject(failed);
      }
    }
    working = null;
  };

  const write = async (events: readonly RolloutEvent[]) => {
    if (uncertain) ({ head, scope, segments } = await read());
    uncertain = false;
    writer ??= openCommitWriter(repository);
    const path = `${folder}/${segments + 1}.ndjson`;
    const content = events.map((event) => `${JSON.stringify(event)}\n`).join("");
    let nextScope = scope;
    head = await appendCommit(place, writer, refs, head, empty, (before) => {
      // Each try folds anew: the events are the same, the state under them may not be.
      nextScope = structuredClone(scope);
      const state = events.reduce((folded, event) => fold(folded, event, nextScope), before);
      const words = [...new Set(events.map(({ event }) => event))].join(", ");
      const files = [{ path, content }, ...usedApproval(events, nextScope)];
      return { state, message: `${rollout}: ${words}\n`, files };
    });
    scope = nextScope;
    segments += 1;
  };

  const enqueue = (event: RolloutEvent): Promise<void> =>
    new Promise((resolve, reject) => {
      if (closed) return reject(new Error("an event was appended after the recorder was closed"));
      queue.push({ event, resolve, reject });
      working ??= drain();
    });
  let begun = false;
  const isFirstChange = (event: RolloutEvent): boolean => {
    if (begun || event.event !== "stage" || event.stage !== "execute") return false;
    begun = true;
    return true;
  };

  return {
    rollout,
    append: async (event) => {
      // The last moment at which nothing was changed: a remote that does not take the record refuses the rollout.
      if (isFirstChange(event)) await sender?.now();
      const written = enqueue(event);
      if (isWorthSending(event)) void written.then(() => sender?.now()).catch(() => {});
      await written;
    },
    state: () => head?.state ?? empty,
    close: async () => {
      if (closed) return;
      closed = true;
      await working;
      await Promise.all([writer?.close(), refs.close()]);
      await sender?.close();
      if (head !== null) await endWriting(place, head.commit);
    },
  };
}

/** That an approval was used up stands beside it too: who would use it again must change more than the state. */
function usedApproval(events: readonly RolloutEvent[], { approval }: FoldScope): { path: string; content: string }[] {
  const closed = events.find((event) => event.event === "rollout-closed");
  if (approval === undefined || closed?.outcome.outcome !== "proven") return [];
  return [{ path: `${approvalFolder(approval.id)}/${usedName}`, content: `${closed.rollout}\n` }];
}

/** What others should see at once. The judge's stage is over in no time, and the end is sent anyway. */
function isWorthSending(event: RolloutEvent): boolean {
  if (event.event === "stage") return event.stage !== "judge";
  return event.event === "once-started" || event.event === "once-ended";
}
