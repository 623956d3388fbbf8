import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../io/owner.ts";
import { UserError, userError } from "../model/errors.ts";
import type { Holder } from "../model/holder.ts";
import { holdLease, type LeaseTimes } from "./lease.ts";
import type { LeaseRead, LeaseRecord } from "./lease-ref.ts";
import { leaseStoreOf } from "./lease-store.ts";
import type { Lease, LockRequest } from "./ledger.ts";
import { jitter } from "./move-ref.ts";
import { isShared, type Place } from "./place.ts";
import { lockRef } from "./refs.ts";
import { watchRefusals } from "./refusals.ts";
import { giveRecord } from "./synchronise.ts";
import { recordUnlock } from "./unlocks.ts";

/**
 * Takes the lease of an environment. No clocks are compared: a holder is dead when this process, on its own monotonic
 * clock, has watched it for the lease's length without a heartbeat, or at once when its process is known to be gone.
 */
export async function takeLease(place: Place, request: LockRequest, times: LeaseTimes): Promise<Lease> {
  const { environment } = place;
  const store = leaseStoreOf(place);
  const { signal } = request;
  const begun = performance.now();
  const isOver = () => performance.now() - begun >= request.waitSeconds * 1000;
  const every = lookAgainAfter(times, store.far);
  const watch = watchHolder(times, every);
  const refused = watchRefusals(lockRef(place.environment), place.remote);
  let told: string | null = null;
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    const seen = await store.look({ signal }).catch((error: unknown) => {
      // Who already waits for another's lock can wait for the network as well.
      if (told === null || isOver() || signal.aborted || !isOutOfReach(error)) throw error;
      return null;
    });
    const holder = holderOf(seen?.lease ?? null);
    if (seen && (holder === null || holder.dead || watch(holder))) {
      const { lease, highest } = seen;
      const record: LeaseRecord = {
        token: highest + 1,
        heartbeat: (lease?.heartbeat ?? 0) + 1,
        holder: { owner: request.owner, rollout: request.rollout, since: new Date().toISOString() },
      };
      const sentAt = performance.now();
      // Not cancelled: a lease that arrived unnoticed would keep others waiting for its whole length.
      const taken = await store.move(record, lease?.id ?? null);
      if (taken !== "lost") return holdLease(store, environment, taken, sentAt, holder, times);
      refused(lease?.id ?? null);
      await jitter(Math.min(attempt, 4), signal);
      continue;
    }
    if (holder) {
      if (isOver()) throw held(environment, holder);
      if (told !== holder.rollout) request.onWait?.(holder);
      told = holder.rollout;
    }
    await sleep(every * (0.75 + Math.random() / 2), undefined, { signal });
  }
}

/** Breaks another's lease, whoever holds it, and records who did it and why. */
export async function breakLease(place: Place, by: LockRequest["owner"], reason: string): Promise<Holder> {
  const store = leaseStoreOf(place);
  const refused = watchRefusals(lockRef(place.environment), place.remote);
  for (let attempt = 1; ; attempt += 1) {
    const { lease, highest } = await store.look();
    const holder = holderOf(lease);
    if (lease === null || holder === null)
      throw userError("blocked", "not-locked", `nobody holds the lock of ${place.environment}`);
    const unlocked = { rollout: holder.rollout, by, reason, at: new Date().toISOString() };
    const record = { token: highest + 1, heartbeat: lease.heartbeat + 1, holder: null, unlocked };
    if ((await store.move(record, lease.id)) !== "lost") {
      await recordUnlock(place, unlocked);
      // It is in effect already; a record that cannot be pushed now is pushed by the next run.
      if (isShared(place)) await giveRecord(place).catch(() => {});
      return holder;
    }
    refused(lease.id);
    await jitter(Math.min(attempt, 4));
  }
}

/** The holder as readers see it. */
export function holderOf(lease: LeaseRead | null): Holder | null {
  if (!lease?.holder) return null;
  const { owner, rollout, since } = lease.holder;
  return { owner, rollout, token: lease.token, since, heartbeat: lease.heartbeat, dead: !isAlive(owner) };
}

/**
 * Tells whether the same heartbeat has been watched for the lease's length. Only time spent looking counts: an observer that
 * was stopped for an hour has seen nothing in it, and the holder may have been stopped with it.
 */
function watchHolder(times: LeaseTimes, every: number): (holder: Holder) => boolean {
  const longestGap = 5 * every;
  let seen = "";
  let watched = 0;
  let lookedAt = 0;
  return ({ token, heartbeat }) => {
    const now = performance.now();
    const key = `${token} ${heartbeat}`;
    watched = key === seen ? watched + Math.min(now - lookedAt, longestGap) : 0;
    seen = key;
    lookedAt = now;
    return watched >= times.leaseSeconds * 1000;
  };
}

/** Often enough to take a freed lock soon, seldom enough to cost nothing: over a network that is more. Milliseconds. */
function lookAgainAfter({ leaseSeconds }: LeaseTimes, far: boolean): number {
  return Math.min(far ? 5000 : 1000, (leaseSeconds * 1000) / 10);
}

function isOutOfReach(error: unknown): boolean {
  return error instanceof UserError && error.code === "ledger-unreachable";
}

function held(environment: string, { owner, rollout, since }: Holder): Error {
  const message = `the lock of ${environment} is held by ${owner.who} on ${owner.host} (pid ${owner.pid}, rollout ${rollout}) since ${since}`;
  return userError("blocked", "lock-held", message);
}
