import { git } from "../io/git.ts";
import type { GitReader } from "../io/git-reader.ts";
import { readHeadWith, withReader } from "./head.ts";
import { type LeaseRead, type LeaseRecord, readLease, storeLease } from "./lease-ref.ts";
import { moveRef, readThroughRef } from "./move-ref.ts";
import { damaged } from "./parse.ts";
import { isShared, type Place, type SharedPlace } from "./place.ts";
import { lockRef } from "./refs.ts";
import type { CallOptions } from "./remote.ts";
import { takeUp } from "./synchronise.ts";

/** Where an environment's lease lies: in this repository's own refs, or at the remote that all clones share. */
export interface LeaseStore {
  /** Whether asking is a round trip over the network. */
  readonly far: boolean;
  /** The lease as it is now; null when the environment was never locked. */
  read(options?: CallOptions): Promise<LeaseRead | null>;
  /**
   * The same, with the highest token known: the record knows one too, should the lock's ref have been deleted. The record
   * here is up to date then.
   */
  look(options?: CallOptions): Promise<{ lease: LeaseRead | null; highest: number }>;
  /** Writes the lease when it still is the one that was read (null: none); `lost` when another was faster. */
  move(record: LeaseRecord, from: string | null, options?: CallOptions): Promise<LeaseRead | "lost">;
}

export function leaseStoreOf(place: Place): LeaseStore {
  return isShared(place) ? farStore(place) : nearStore(place);
}

function nearStore(place: Place): LeaseStore {
  const { repository, environment } = place;
  // A ref whose commit is gone is not a lock that was never taken: whoever took it for one could never move it.
  const readNear = (reader: GitReader): Promise<LeaseRead | null> =>
    readThroughRef(
      (name) => readLease(reader, environment, name),
      repository,
      lockRef(environment),
      () => damaged(environment, "the lock"),
    );
  return {
    far: false,
    read: () => withReader(repository, readNear),
    look: () =>
      withReader(repository, async (reader) => {
        const lease = await readNear(reader);
        const head = await readHeadWith(reader, place);
        return { lease, highest: Math.max(lease?.token ?? 0, head?.state.token ?? 0) };
      }),
    move: async (record, from) => {
      const id = await storeLease(repository, record, null);
      return (await moveRef(repository, lockRef(environment), id, from)) === "moved" ? { ...record, id } : "lost";
    },
  };
}

function farStore(place: SharedPlace): LeaseStore {
  const { repository, environment, remote } = place;
  const ref = lockRef(environment);
  const read: LeaseStore["read"] = async (options) => {
    const id = (await remote.list([ref], options)).get(ref);
    if (id === undefined) return null;
    const here = await withReader(repository, (reader) => readLease(reader, environment, id));
    if (here !== null) return here;
    // It is new to this clone. Taking it up keeps its history whole, in a shallow clone as well.
    const listing = await takeUp(repository, remote, [environment], options);
    const now = listing.lease(environment);
    return now === null ? null : await withReader(repository, (reader) => readLease(reader, environment, now));
  };
  return {
    far: true,
    read,
    look: async (options) => {
      const knownHere = await withReader(repository, (reader) => readLease(reader, environment));
      const id = (await takeUp(repository, remote, [environment], options)).lease(environment);
      return await withReader(repository, async (reader) => {
        const lease = id === null ? null : await readLease(reader, environment, id);
        const head = await readHeadWith(reader, place);
        return { lease, highest: Math.max(lease?.token ?? 0, knownHere?.token ?? 0, head?.state.token ?? 0) };
      });
    },
    move: async (record, from, options) => {
      const id = await storeLease(repository, record, from);
      if ((await remote.push([{ ref, to: id }], options)) === "lost") {
        // An earlier try may have arrived although its answer did not.
        const now = await read(options);
        if (now?.id !== id) return "lost";
      }
      await git(repository, ["update-ref", ref, id]).catch(() => {});
      return { ...record, id };
    },
  };
}
