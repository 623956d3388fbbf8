import { userError } from "../model/errors.ts";
import type { Holder } from "../model/holder.ts";
import type { LeaseRead, LeaseRecord } from "./lease-ref.ts";
import type { LeaseStore } from "./lease-store.ts";
import type { Lease } from "./ledger.ts";
import { jitter } from "./move-ref.ts";

/** How long leases live. */
export interface LeaseTimes {
  /** Without a heartbeat for this long a lease is dead. Seconds. */
  leaseSeconds: number;
  /** How often it is renewed. Seconds. */
  heartbeatSeconds: number;
}

/**
 * Keeps a lease that was just taken: renews it in the background, one write at a time, until it is released or lost.
 * A process that was stopped past the lease's length finds out at its next check, because that asks the store.
 */
export function holdLease(
  store: LeaseStore,
  environment: string,
  taken: LeaseRead,
  takenAt: number,
  tookOver: Holder | null,
  times: LeaseTimes,
): Lease {
  const lost = new AbortController();
  const rollout = taken.holder?.rollout ?? "";
  const length = times.leaseSeconds * 1000;
  // A call that hangs must leave time for another before the lease is over.
  const options = { timeoutSeconds: Math.min(30, times.leaseSeconds / 2) };
  let present = taken;
  let renewedAt = takenAt;
  let turn: Promise<void> = Promise.resolve();
  let busy = 0;
  let renewedWall = Date.now();
  let released = false;

  const inTurn = (work: () => Promise<void>): Promise<void> => {
    busy += 1;
    const done = turn.then(work).finally(() => {
      busy -= 1;
    });
    turn = done.catch(() => {});
    return done;
  };
  const lose = (why: string) => {
    clearInterval(timer);
    if (!lost.signal.aborted)
      lost.abort(userError("unproven", "lease-lost", `the lock of ${environment} was lost: ${why}`));
  };
  const move = async (holder: LeaseRead["holder"]): Promise<void> => {
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const { token, heartbeat } = present;
      const moved = await store.move({ token, heartbeat: heartbeat + 1, holder }, present.id, options);
      if (moved !== "lost") {
        present = moved;
        return;
      }
      const now = await store.read(options);
      // A token is given out once: with ours it is a renewal of ours, of which no answer came.
      if (now?.holder?.rollout !== rollout || now.token !== taken.token) return lose(describe(now));
      present = now;
      await jitter(attempt);
    }
    throw new Error("its ref is being written by others");
  };
  const age = () => performance.now() - renewedAt;
  const renew = async () => {
    if (released || lost.signal.aborted) return;
    // Observers count from when they see it, which is not before it was sent.
    const now = performance.now();
    const wall = Date.now();
    await move(present.holder);
    renewedAt = now;
    renewedWall = wall;
  };
  /** A renewal that fails is tried again at the next beat, until others may take the lease for dead. */
  const tryToRenew = async () => {
    try {
      await renew();
    } catch (error) {
      if (age() >= length) lose(`it could not be renewed: ${error instanceof Error ? error.message : String(error)}`);
    }
  };

  /** What was confirmed a moment ago saves a round trip before each step. A machine that slept meanwhile counted no time. */
  const isFresh = () => store.far && Math.max(age(), Date.now() - renewedWall) < length / 2;
  const lookAgain = async () => {
    if (lost.signal.aborted || isFresh()) return;
    if (store.far) return await tryToRenew();
    const now = await store.read();
    if (now?.id !== present.id) lose(describe(now));
    // It was never taken, but observers may be about to: only a fresh heartbeat makes it ours again.
    else if (age() >= length) await renew();
  };
  /** A store that does not answer may have given the lease to somebody else by somebody's word. */
  const ask = async () => {
    if (lost.signal.aborted) return;
    await renew().catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw userError("unproven", "lease-lost", `the lock of ${environment} could not be confirmed: ${why}`);
    });
  };

  /** Whoever comes before it has begun shares it: fifty steps that start together ask the store once. */
  const shared = (work: () => Promise<void>) => {
    let coming: Promise<void> | null = null;
    return async () => {
      coming ??= inTurn(async () => {
        coming = null;
        await work();
      });
      await coming;
    };
  };
  const [look, answer] = [shared(lookAgain), shared(ask)];

  const timer = setInterval(() => {
    if (busy === 0) return void inTurn(tryToRenew);
    if (store.far && age() >= length) lose("it could not be renewed in time");
  }, times.heartbeatSeconds * 1000);
  timer.unref();

  return {
    rollout,
    token: taken.token,
    tookOver,
    lost: lost.signal,
    check: async ({ asking = false } = {}) => {
      if (released) throw new Error("a released lease was checked");
      if (asking && store.far) await answer();
      else if (!isFresh()) await look();
      lost.signal.throwIfAborted();
    },
    release: async () => {
      await inTurn(async () => {
        clearInterval(timer);
        if (released || lost.signal.aborted) return;
        await move(null);
        released = true;
      });
    },
  };
}

/** How often a write is tried that meets others, each after a longer while. */
const attempts = 5;

function describe(lease: LeaseRecord | null): string {
  if (lease === null) return "its ref was deleted";
  if (lease.holder)
    return `${lease.holder.owner.who} on ${lease.holder.owner.host} holds it now, for rollout ${lease.holder.rollout}`;
  return lease.unlocked ? `${lease.unlocked.by.who} unlocked it: ${lease.unlocked.reason}` : "it was released";
}
