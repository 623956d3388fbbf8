import type { State } from "../model/state.ts";
import type { CommitWriter } from "./fast-import.ts";
import { type Head, readHead } from "./head.ts";
import { jitter } from "./move-ref.ts";
import type { Place } from "./place.ts";
import type { RefMover } from "./ref-mover.ts";
import { ledgerRef } from "./refs.ts";

/** What a commit adds to the record, and the state that it leads to. */
export interface Addition {
  state: State;
  message: string;
  files: readonly { path: string; content: string }[];
}

/**
 * Puts a commit onto the record, with the state when it changed. The ref moves only from the head that the addition was made
 * for: when another writer was faster, the addition is made anew from its head. Gives the new head, which is durable then.
 */
export async function appendCommit(
  place: Place,
  writer: CommitWriter,
  refs: RefMover,
  onto: Head | null,
  empty: State,
  make: (state: State) => Addition,
): Promise<Head> {
  let head = onto;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const { state, message, files } = make(head?.state ?? empty);
    const changed = head === null || state !== head.state;
    const commit = await writer.write({
      parent: head?.commit ?? null,
      message,
      files: changed ? [{ path: "state.json", content: stateText(state) }, ...files] : files,
    });
    const moved = await refs.move(ledgerRef(place.environment), commit, head?.commit ?? null);
    writer.check();
    if (moved === "moved") return { commit, state };
    await jitter(attempt);
    head = await readHead(place);
  }
  throw new Error(`other writers moved the ledger ${attempts} times in a row`);
}

/** state.json as it is stored: one value per line, so that `git diff` of two states reads well. */
export function stateText(state: State): string {
  return `${JSON.stringify(state, null, 1)}\n`;
}

/** With jitter up to a second each, more than any few writers of one environment need. */
const attempts = 30;
