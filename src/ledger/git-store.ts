import { ulid } from "ulid";
import { git } from "../io/git.ts";
import type { GitReader } from "../io/git-reader.ts";
import { userError } from "../model/errors.ts";
import type { State } from "../model/state.ts";
import { emptyState, fold, openScope } from "./fold.ts";
import { inRepository, readHead, readHeadWith, withReader } from "./head.ts";
import { findRollout, readEvents, readHistory, type Snapshot } from "./history.ts";
import type { LeaseTimes } from "./lease.ts";
import { readLease } from "./lease-ref.ts";
import type { Ledger } from "./ledger.ts";
import { breakLease, holderOf, readHolder, takeLease } from "./lock.ts";
import { moveRef, readRef } from "./move-ref.ts";
import { openRecorder, type RecorderStart } from "./recorder.ts";
import { keepRef, ledgerRefs } from "./refs.ts";
import { sweepTemporary } from "./temporary.ts";

/** Opens the ledger that lives in a repository's own refs. Reads and writes nothing yet. */
export async function openGitLedger(repository: string, options: Partial<LeaseTimes> = {}): Promise<Ledger> {
  const times = { leaseSeconds: 60, heartbeatSeconds: 10, ...options };
  const snapshot = <T>(environment: string, use: (snapshot: Snapshot) => Promise<T>): Promise<T | null> =>
    withReader(repository, async (reader) => {
      const head = await readHeadWith(reader, repository, environment);
      if (head === null) return null;
      const holder = holderOf(await readLease(reader, environment));
      return await use({ reader, environment, commit: head.commit, holder });
    });
  return {
    state: async (environment) => (await readHead(repository, environment))?.state ?? null,
    environments: async () => {
      const list = git(repository, ["for-each-ref", "--format=%(refname:lstrip=3)", ledgerRefs]);
      const names = await inRepository(repository, list);
      return names.split("\n").filter(Boolean).sort();
    },
    holder: (environment) => readHolder(repository, environment),
    lock: (environment, request) => takeLease(repository, environment, request, times),
    unlock: (environment, owner, reason) => breakLease(repository, environment, owner, reason),
    record: async (environment, rollout, application) => {
      const empty = emptyState(ulid(), application, environment);
      const read = () => withReader(repository, (reader) => readStart(reader, repository, environment, rollout, empty));
      const recorder = await openRecorder({ repository, environment }, rollout, empty, read);
      await sweepTemporary(repository);
      return recorder;
    },
    keep: async (commit) => {
      if ((await readRef(repository, keepRef(commit))) === null)
        await moveRef(repository, keepRef(commit), commit, null);
    },
    history: async (environment, limit) => (await snapshot(environment, (now) => readHistory(now, limit))) ?? [],
    rollout: async (environment, id) => {
      const found = await snapshot(environment, (now) => findRollout(now, id));
      if (found) return found;
      throw userError("failed", "no-such-rollout", `nothing was ever recorded for ${environment}`);
    },
  };
}

/** What is recorded already: for a rollout that is taken up again its own events count as well. */
async function readStart(
  reader: GitReader,
  repository: string,
  environment: string,
  rollout: string,
  empty: State,
): Promise<RecorderStart> {
  const head = await readHeadWith(reader, repository, environment);
  const scope = openScope(rollout);
  if (head === null) return { head, scope, segments: 0 };
  const { events, segments } = await readEvents({ reader, environment, commit: head.commit }, rollout);
  events.reduce((state, event) => fold(state, event, scope), empty);
  return { head, scope, segments };
}
