import { ulid } from "ulid";
import { git } from "../io/git.ts";
import { userError } from "../model/errors.ts";
import { emptyState, fold, openScope } from "./fold.ts";
import { readHead, readHeadWith, withReader } from "./head.ts";
import { findRollout, readEvents, readHistory, type Snapshot } from "./history.ts";
import type { LeaseTimes } from "./lease.ts";
import { readLease } from "./lease-ref.ts";
import type { Ledger } from "./ledger.ts";
import { breakLease, holderOf, readHolder, takeLease } from "./lock.ts";
import { openRecorder } from "./recorder.ts";
import { ledgerRefs } from "./refs.ts";
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
      const names = await git(repository, ["for-each-ref", "--format=%(refname:lstrip=3)", ledgerRefs]);
      return names.split("\n").filter(Boolean).sort();
    },
    holder: (environment) => readHolder(repository, environment),
    lock: (environment, request) => takeLease(repository, environment, request, times),
    unlock: (environment, owner, reason) => breakLease(repository, environment, owner, reason),
    record: async (environment, rollout, application) => {
      await sweepTemporary(repository);
      return await withReader(repository, async (reader) => {
        const head = await readHeadWith(reader, repository, environment);
        const before = head ? await readEvents({ reader, environment, commit: head.commit }, rollout) : noEvents;
        const empty = emptyState(ulid(), application, environment);
        const scope = openScope(rollout);
        before.events.reduce((state, event) => fold(state, event, scope), empty);
        return openRecorder({ repository, environment, rollout, head, empty, scope, segments: before.segments });
      });
    },
    history: async (environment, limit) => (await snapshot(environment, (now) => readHistory(now, limit))) ?? [],
    rollout: async (environment, id) => {
      const found = await snapshot(environment, (now) => findRollout(now, id));
      if (found) return found;
      throw userError("failed", "no-such-rollout", `nothing was ever recorded for ${environment}`);
    },
  };
}

const noEvents = { events: [], segments: 0 };
