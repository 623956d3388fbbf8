import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../io/owner.ts";
import { userError } from "../model/errors.ts";
import type { Holder } from "../model/holder.ts";
import { readHeadWith, withReader } from "./head.ts";
import { holdLease, type LeaseTimes } from "./lease.ts";
import { type LeaseRead, type LeaseRecord, readLease, storeLease } from "./lease-ref.ts";
import type { Lease, LockRequest } from "./ledger.ts";
import { jitter, moveRef } from "./move-ref.ts";
import { lockRef } from "./refs.ts";
import { recordUnlock } from "./unlocks.ts";

/** Who holds the environment's lock, if anyone does. */
export async function readHolder(repository: string, environment: string): Promise<Holder | null> {
  return holderOf(await withReader(repository, (reader) => readLease(reader, environment)));
}

/**
 * Takes the lease of an environment. No clocks are compared: a holder is dead when this process, on its own monotonic
 * clock, has watched it for the lease's length without a heartbeat, or at once when its process is known to be gone.
 */
export async function takeLease(
  repository: string,
  environment: string,
  request: LockRequest,
  times: LeaseTimes,
): Promise<Lease> {
  const begun = performance.now();
  const watch = watchHolder(times);
  let told: string | null = null;
  for (let attempt = 1; ; attempt += 1) {
    request.signal.throwIfAborted();
    const { lease, highest } = await look(repository, environment);
    const holder = holderOf(lease);
    if (holder === null || holder.dead || watch(holder)) {
      const token = highest + 1;
      const record: LeaseRecord = {
        token,
        heartbeat: (lease?.heartbeat ?? 0) + 1,
        holder: { owner: request.owner, rollout: request.rollout, since: new Date().toISOString() },
      };
      const id = await storeLease(repository, record);
      const moved = await moveRef(repository, lockRef(environment), id, lease?.id ?? null);
      if (moved === "moved") return holdLease(repository, environment, { ...record, id }, holder, times);
      await jitter(Math.min(attempt, 4), request.signal);
      continue;
    }
    if (performance.now() - begun >= request.waitSeconds * 1000) throw held(environment, holder);
    if (told !== holder.rollout) request.onWait?.(holder);
    told = holder.rollout;
    await sleep(lookAgainAfter(times) * (0.75 + Math.random() / 2), undefined, { signal: request.signal });
  }
}

/** Breaks another's lease, whoever holds it, and records who did it and why. */
export async function breakLease(
  repository: string,
  environment: string,
  by: LockRequest["owner"],
  reason: string,
): Promise<Holder> {
  for (let attempt = 1; ; attempt += 1) {
    const { lease, highest } = await look(repository, environment);
    const holder = holderOf(lease);
    if (lease === null || holder === null)
      throw userError("failed", "not-locked", `nobody holds the lock of ${environment}`);
    const unlocked = { rollout: holder.rollout, by, reason, at: new Date().toISOString() };
    const record = { token: highest + 1, heartbeat: lease.heartbeat + 1, holder: null, unlocked };
    const id = await storeLease(repository, record);
    if ((await moveRef(repository, lockRef(environment), id, lease.id)) === "moved") {
      await recordUnlock({ repository, environment }, unlocked);
      return holder;
    }
    await jitter(Math.min(attempt, 4));
  }
}

/** The holder as readers see it. */
export function holderOf(lease: LeaseRead | null): Holder | null {
  if (!lease?.holder) return null;
  const { owner, rollout, since } = lease.holder;
  return { owner, rollout, token: lease.token, since, heartbeat: lease.heartbeat, dead: !isAlive(owner) };
}

/** The lease as it is, and the highest token known: the record knows one too, should the lock's ref have been deleted. */
async function look(repository: string, environment: string): Promise<{ lease: LeaseRead | null; highest: number }> {
  return await withReader(repository, async (reader) => {
    const lease = await readLease(reader, environment);
    const head = await readHeadWith(reader, repository, environment);
    return { lease, highest: Math.max(lease?.token ?? 0, head?.state.token ?? 0) };
  });
}

/**
 * Tells whether the same heartbeat has been watched for the lease's length. Only time spent looking counts: an observer that
 * was stopped for an hour has seen nothing in it, and the holder may have been stopped with it.
 */
function watchHolder(times: LeaseTimes): (holder: Holder) => boolean {
  const longestGap = 5 * lookAgainAfter(times);
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

/** Often enough to take a freed lock soon, seldom enough to cost nothing. Milliseconds. */
function lookAgainAfter({ leaseSeconds }: LeaseTimes): number {
  return Math.min(1000, (leaseSeconds * 1000) / 10);
}

function held(environment: string, { owner, rollout, since }: Holder): Error {
  const message = `the lock of ${environment} is held by ${owner.who} on ${owner.host} (pid ${owner.pid}, rollout ${rollout}) since ${since}`;
  return userError("blocked", "lock-held", message);
}
