import { ulid } from "ulid";
import type { GitReader } from "../io/git-reader.ts";
import type { Owner } from "../model/rollout.ts";
import { appendCommit } from "./append-commit.ts";
import { openCommitWriter } from "./fast-import.ts";
import { emptyState } from "./fold.ts";
import { readHead } from "./head.ts";
import { isRecord, parseJson } from "./parse.ts";
import type { Place } from "./place.ts";
import { openRefMover } from "./ref-mover.ts";
import { rolloutFolder } from "./refs.ts";
import { endWriting } from "./tidy.ts";

/** A lock that a person broke: whose it was, who did it, and why. */
export interface Unlock {
  rollout: string;
  by: Owner;
  reason: string;
  at: string;
}

/** Writes it into the record, beside the rollout whose lock it was. */
export async function recordUnlock(place: Place, unlock: Unlock): Promise<void> {
  const head = await readHead(place);
  const writer = openCommitWriter(place.repository);
  const refs = openRefMover(place.repository);
  try {
    const files = [{ path: unlockPath(unlock.rollout), content: `${JSON.stringify(unlock, null, 1)}\n` }];
    const message = `${unlock.rollout}: ${unlock.by.who} broke its lock: ${unlock.reason}\n`;
    const empty = emptyState(ulid(), "", place.environment);
    const { commit } = await appendCommit(place, writer, refs, head, empty, (state) => ({ state, message, files }));
    await endWriting(place, commit);
  } finally {
    await Promise.all([writer.close(), refs.close()]);
  }
}

/** Why a rollout's lock was broken, in a phrase; null when it was not. */
export async function readUnlock(reader: GitReader, commit: string, rollout: string): Promise<string | null> {
  const blob = await reader.read(`${commit}:${unlockPath(rollout)}`);
  const unlock = blob === null ? null : parseJson(blob.content.toString("utf8"));
  if (!isRecord(unlock) || !isRecord(unlock.by)) return null;
  return `${unlock.by.who} broke its lock: ${unlock.reason}`;
}

function unlockPath(rollout: string): string {
  return `${rolloutFolder(rollout).replace(/^rollouts/, "unlocks")}.json`;
}
