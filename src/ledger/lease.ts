import { userError } from "../model/errors.ts";
import type { Holder } from "../model/holder.ts";
import { withReader } from "./head.ts";
import { type LeaseRead, type LeaseRecord, readLease, storeLease } from "./lease-ref.ts";
import type { Lease } from "./ledger.ts";
import { moveRef } from "./move-ref.ts";
import { lockRef } from "./refs.ts";

/** How long leases live. */
export interface LeaseTimes {
  /** Without a heartbeat for this long a lease is dead. Seconds. */
  leaseSeconds: number;
  /** How often it is renewed. Seconds. */
  heartbeatSeconds: number;
}

/**
 * Keeps a lease that was just taken: renews it in the background, one write at a time, until it is released or lost.
 * A process that was stopped past the lease's length finds out at its next check, because that reads the ref.
 */
export function holdLease(
  repository: string,
  environment: string,
  taken: LeaseRead,
  tookOver: Holder | null,
  times: LeaseTimes,
): Lease {
  const lost = new AbortController();
  const rollout = taken.holder?.rollout ?? "";
  let present = taken;
  let renewedAt = performance.now();
  let turn: Promise<void> = Promise.resolve();
  let released = false;

  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = turn.then(work);
    turn = done.catch(() => {});
    return done;
  };
  const lose = (why: string) => {
    clearInterval(timer);
    if (!lost.signal.aborted)
      lost.abort(userError("unproven", "lease-lost", `the lock of ${environment} was lost: ${why}`));
  };
  const move = async ({ id: from, ...record }: LeaseRead): Promise<void> => {
    const id = await storeLease(repository, record);
    if ((await moveRef(repository, lockRef(environment), id, from)) === "moved") present = { ...record, id };
    else lose(await takenBy(repository, environment));
  };
  const renew = async () => {
    if (released || lost.signal.aborted) return;
    const now = performance.now();
    await move({ ...present, heartbeat: present.heartbeat + 1 });
    renewedAt = now;
  };
  const isStale = () => performance.now() - renewedAt >= times.leaseSeconds * 1000;

  const timer = setInterval(() => {
    // A renewal that fails is tried again at the next beat, until others may take the lease for dead.
    void inTurn(renew).catch((error: unknown) => {
      if (isStale()) lose(`it could not be renewed: ${error instanceof Error ? error.message : String(error)}`);
    });
  }, times.heartbeatSeconds * 1000);
  timer.unref();

  return {
    rollout,
    token: taken.token,
    tookOver,
    lost: lost.signal,
    check: async () => {
      await inTurn(async () => {
        if (released) throw new Error("a released lease was checked");
        if (lost.signal.aborted) return;
        const now = await withReader(repository, (reader) => readLease(reader, environment));
        if (now?.id !== present.id) lose(describe(now));
        // It was never taken, but observers may be about to: only a fresh heartbeat makes it ours again.
        else if (isStale()) await renew();
      });
      lost.signal.throwIfAborted();
    },
    release: async () => {
      await inTurn(async () => {
        clearInterval(timer);
        if (released || lost.signal.aborted) return;
        await move({ ...present, heartbeat: present.heartbeat + 1, holder: null });
        released = true;
      });
    },
  };
}

async function takenBy(repository: string, environment: string): Promise<string> {
  return describe(await withReader(repository, (reader) => readLease(reader, environment)));
}

function describe(lease: LeaseRecord | null): string {
  if (lease === null) return "its ref was deleted";
  if (lease.holder)
    return `${lease.holder.owner.who} on ${lease.holder.owner.host} holds it now, for rollout ${lease.holder.rollout}`;
  return lease.unlocked ? `${lease.unlocked.by.who} unlocked it: ${lease.unlocked.reason}` : "it was released";
}
