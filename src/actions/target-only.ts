import { emptyState } from "../ledger/fold.ts";
import type { Holder, Ledger } from "../ledger/ledger.ts";
import { userError } from "../model/errors.ts";
import { pause } from "../util/pause.ts";
import type { World } from "./world.ts";

/** How long a lease may show no new heartbeat before it counts as dead, by this machine's own clock. Seconds. */
const leaseSeconds = 60;
const lookAgainSeconds = 2;

/**
 * A ledger that may be read and not written, as one to work under. Only the target's own lock is taken, with the highest
 * token that the ledger knows: whoever takes the environment's lock later gets a higher one, and fences this work off on
 * the target. Nothing is recorded; the next run that can write records what it reads.
 */
export function targetOnly(ledger: Ledger): Ledger {
  return {
    ...ledger,
    lock: async (environment, request) => ({
      rollout: request.rollout,
      token: (await ledger.state(environment))?.token ?? 0,
      tookOver: null,
      lost: new AbortController().signal,
      check: async () => {},
      release: async () => {},
    }),
    record: async (environment, rollout, application) => {
      const state = (await ledger.state(environment)) ?? emptyState("", application, environment);
      return { rollout, append: async () => {}, state: () => state, close: async () => {} };
    },
    keep: async () => {},
  };
}

/**
 * Waits while somebody works on the environment: what they prove is what should run. A lease whose heartbeat stands still
 * is dead. Throws `lock-held` (blocked) when the time is up.
 *
 * @param onWait called once for each holder that is waited for.
 */
export async function waitWhileHeld(
  ledger: Ledger,
  environment: string,
  waitSeconds: number,
  world: World,
  onWait: (message: string) => void,
): Promise<void> {
  const begun = performance.now();
  let seen = null as { holder: Holder; since: number } | null;
  for (;;) {
    const holder = await ledger.holder(environment);
    const now = performance.now();
    if (holder === null || holder.dead || world.signal.aborted) return;
    if (seen?.holder.rollout !== holder.rollout) onWait(held(holder, environment));
    if (seen?.holder.rollout !== holder.rollout || seen.holder.heartbeat !== holder.heartbeat)
      seen = { holder, since: now };
    if (now - seen.since > leaseSeconds * 1000) return;
    if (now - begun > waitSeconds * 1000) throw userError("blocked", "lock-held", held(holder, environment));
    await pause(lookAgainSeconds, world.signal);
  }
}

function held({ owner, since, rollout }: Holder, environment: string): string {
  return `${owner.who} holds ${environment} from ${owner.host} since ${since} (rollout ${rollout})`;
}
