import { ulid } from "ulid";
import { git } from "../io/git.ts";
import type { GitReader } from "../io/git-reader.ts";
import { userError } from "../model/errors.ts";
import type { State } from "../model/state.ts";
import { recordApproval, recordWithdrawal } from "./approve.ts";
import { mustBeDurable } from "./durable.ts";
import { emptyState, fold, openScope } from "./fold.ts";
import { inRepository, readHead, readHeadWith, withReader } from "./head.ts";
import { findRollout, readEvents, readHistory, type Snapshot } from "./history.ts";
import { keepCommit } from "./keep.ts";
import type { LeaseTimes } from "./lease.ts";
import { readLease } from "./lease-ref.ts";
import type { Ledger } from "./ledger.ts";
import { breakLease, holderOf, takeLease } from "./lock.ts";
import { isShared, type Place } from "./place.ts";
import { openRecorder, type RecorderStart } from "./recorder.ts";
import { ledgerRefs } from "./refs.ts";
import type { RemoteOptions } from "./remote.ts";
import { openSender } from "./sender.ts";
import { findRemote, openContact, type SharedAt } from "./shared.ts";
import { readSignature } from "./signature.ts";
import type { Listing } from "./synchronise.ts";
import { sweepReports } from "./tidy.ts";

export interface GitLedgerOptions extends Partial<LeaseTimes>, RemoteOptions {
  /** Where the record is shared. Undefined: at `origin`, where there is one. */
  shared?: SharedAt;
  /** Reads what is shared, and never writes there or here: for a key that may only read. */
  readOnly?: boolean;
  /** Ends what a reader waits for. What is written is never cut off. */
  signal?: AbortSignal | undefined;
  /** How long what was recorded may wait before it is sent, seconds. */
  sendEverySeconds?: number;
}

/**
 * Opens the ledger that lives in a repository's own refs, shared through a remote or not: a remote adds that readers fetch
 * and writers push. Asks it nothing yet.
 */
export async function openGitLedger(repository: string, options: GitLedgerOptions = {}): Promise<Ledger> {
  const remote = await findRemote(repository, options.shared, options);
  const { leaseSeconds = 60, heartbeatSeconds = remote ? 15 : 10, sendEverySeconds = 3 } = options;
  const contact = remote ? openContact(repository, remote, options.signal) : null;
  const placeOf = (environment: string): Place => ({ repository, environment, remote });
  const refresh = async (environment: string | null) => (await contact?.refresh(environment)) ?? null;
  const mayWrite = () => {
    if (options.readOnly) throw userError("blocked", "ledger-read-only", "the ledger was opened for reading only");
    contact?.writes();
  };
  const holderNow = async (reader: GitReader, environment: string, listing: Listing | null) => {
    const name = listing ? listing.lease(environment) : undefined;
    return name === null ? null : holderOf(await readLease(reader, environment, name));
  };
  const snapshot = async <T>(environment: string, use: (snapshot: Snapshot) => Promise<T>): Promise<T | null> => {
    const listing = await refresh(environment);
    return await withReader(repository, async (reader) => {
      const head = await readHeadWith(reader, placeOf(environment));
      if (head === null) return null;
      const holder = await holderNow(reader, environment, listing);
      return await use({ reader, environment, commit: head.commit, holder });
    });
  };
  return {
    state: async (environment) => {
      await refresh(environment);
      return (await readHead(placeOf(environment)))?.state ?? null;
    },
    environments: async () => {
      await refresh(null);
      const list = git(repository, ["for-each-ref", "--format=%(refname:lstrip=3)", ledgerRefs]);
      const names = await inRepository(repository, list);
      return names.split("\n").filter(Boolean).sort();
    },
    holder: async (environment) => {
      const listing = await refresh(environment);
      return await withReader(repository, (reader) => holderNow(reader, environment, listing));
    },
    present: async (environment) => {
      const listing = await refresh(environment);
      return await withReader(repository, async (reader) => {
        const head = await readHeadWith(reader, placeOf(environment));
        return { state: head?.state ?? null, holder: await holderNow(reader, environment, listing) };
      });
    },
    lock: async (environment, request) => {
      mayWrite();
      const lease = await takeLease(placeOf(environment), request, { leaseSeconds, heartbeatSeconds });
      await contact?.heard();
      return lease;
    },
    unlock: async (environment, owner, reason) => {
      mayWrite();
      return await breakLease(placeOf(environment), owner, reason);
    },
    record: async (environment, rollout, application) => {
      mayWrite();
      await mustBeDurable(repository);
      const place = placeOf(environment);
      const empty = emptyState(ulid(), application, environment);
      const read = () => withReader(repository, (reader) => readStart(reader, place, rollout, empty));
      const sender = isShared(place) ? openSender(place, sendEverySeconds, (error) => contact?.sent(error)) : null;
      const recorder = await openRecorder(place, rollout, empty, read, sender);
      await sweepReports(repository);
      return recorder;
    },
    approve: async (environment, request) => {
      mayWrite();
      await mustBeDurable(repository);
      return await recordApproval(placeOf(environment), request);
    },
    withdraw: async (environment, event) => {
      mayWrite();
      await mustBeDurable(repository);
      await recordWithdrawal(placeOf(environment), event);
    },
    signature: (environment, commit, expected, signers, recorded) =>
      readSignature(placeOf(environment), commit, expected, signers, recorded),
    keep: async (commit) => {
      mayWrite();
      await keepCommit(repository, commit, options.shared, options);
    },
    history: async (environment, limit) => (await snapshot(environment, (now) => readHistory(now, limit))) ?? [],
    rollout: async (environment, id) => {
      const found = await snapshot(environment, (now) => findRollout(now, id));
      if (found) return found;
      throw userError("failed", "no-such-rollout", `nothing was ever recorded for ${environment}`);
    },
    freshness: async () => (await contact?.freshness()) ?? null,
  };
}

/** What is recorded already: for a rollout that is taken up again its own events count as well. */
async function readStart(reader: GitReader, place: Place, rollout: string, empty: State): Promise<RecorderStart> {
  const head = await readHeadWith(reader, place);
  const scope = openScope(rollout);
  if (head === null) return { head, scope, segments: 0 };
  const { events, segments } = await readEvents(
    { reader, environment: place.environment, commit: head.commit },
    rollout,
  );
  events.reduce((state, event) => fold(state, event, scope), empty);
  return { head, scope, segments };
}
