import assert from "node:assert/strict";
import { describe } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { Claim, StoreUnderTest } from "./contract-store.ts";
import type { Lease } from "./ledger.ts";
import { ana, elsewhere, opened, refuses, request, surveyed } from "./scenes.ts";

/** What every store's lock must keep. */
export function lockContract(name: string, claim: Claim): void {
  describe(`${name}: the lock`, () => {
    claim("a held lock refuses the second, and names the holder", async (ledger) => {
      const lease = await ledger.lock("uat", request({ rollout: "first" }));
      const error = await refuses(ledger.lock("uat", request({ rollout: "second" })), "lock-held");
      assert.match(error.message, /ana.*first/);
      assert.equal(error.refusal, "blocked");
      assert.equal((await ledger.holder("uat"))?.rollout, "first");
      await lease.check();
      await lease.release();
    });

    claim("who waits is told for whom, and goes on when the lock is released", async (ledger) => {
      const lease = await ledger.lock("uat", request({ rollout: "first" }));
      const told: string[] = [];
      const second = ledger.lock("uat", request({ waitSeconds: 20, onWait: (holder) => told.push(holder.rollout) }));
      while (told.length === 0) await pause(10);
      await lease.release();
      const taken = await second;
      assert.deepEqual(told, ["first"]);
      assert.equal(taken.tookOver, null);
      await taken.release();
    });

    claim("of many that start at once exactly one gets the lock", async (_ledger, store) => {
      const ends = await Promise.allSettled(
        Array.from({ length: 6 }, async (_, index) =>
          (await store.openElsewhere()).lock("uat", request({ rollout: `${index}` })),
        ),
      );
      const leases = ends.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
      assert.equal(leases.length, 1);
      await leases[0]?.release();
    });

    claim("tokens only grow, over releases and past what the record knows", async (ledger) => {
      const first = await ledger.lock("uat", request());
      await first.release();
      await first.release();
      await (await opened(ledger, "uat", 7)).close();
      const second = await ledger.lock("uat", request());
      assert.ok(first.token < second.token && second.token > 7);
      await second.release();
      assert.equal(await ledger.holder("uat"), null);
    });

    claim("a holder whose process is gone is taken over at once", async (ledger, store) => {
      const dead = { ...ana, pid: 2 ** 22 + 1 };
      const lost = await ledger.lock("uat", request({ owner: dead, rollout: "dead" }));
      assert.equal((await ledger.holder("uat"))?.dead, true);
      const lease = await ledger.lock("uat", request());
      assert.equal(lease.tookOver?.rollout, "dead");
      assert.ok(lease.token > lost.token);
      await refuses(firstRefusal(lost, store), "lease-lost");
      await lease.release();
    });

    claim("a holder on another host is alive as long as its heart beats", async (ledger, store) => {
      const lease = await ledger.lock("uat", request({ owner: elsewhere }));
      const waitSeconds = store.leaseSeconds * 2;
      await refuses(ledger.lock("uat", request({ waitSeconds })), "lock-held");
      await lease.check();
      await lease.release();
    });

    claim(
      "a holder that is silent for the lease's length is taken over, and finds out at its next check",
      async (ledger, store) => {
        const asleep = await (await store.openAsleep()).lock("uat", request({ owner: elsewhere, rollout: "asleep" }));
        const lease = await ledger.lock("uat", request({ waitSeconds: store.leaseSeconds * 20 }));
        assert.equal(lease.tookOver?.rollout, "asleep");
        const error = await refuses(firstRefusal(asleep, store), "lease-lost");
        assert.equal(error.refusal, "unproven");
        await asleep.release();
        await lease.check();
        await lease.release();
      },
    );

    claim("a holder that slept past its lease and was not taken over goes on", async (ledger, store) => {
      const asleep = await (await store.openAsleep()).lock("uat", request());
      const before = await ledger.holder("uat");
      await pause(store.leaseSeconds * 1100);
      await asleep.check();
      const after = await ledger.holder("uat");
      assert.ok(before && after && after.heartbeat > before.heartbeat);
      await asleep.release();
    });

    claim("a broken lock is known at once to a holder that asks", async (ledger) => {
      const lease = await ledger.lock("uat", request());
      await lease.check({ asking: true });
      await ledger.unlock("uat", { ...ana, who: "ben" }, "it hangs");
      await refuses(lease.check({ asking: true }), "lease-lost");
      await lease.release();
    });

    claim("a broken lock fences its holder: it learns so, and its token is too old", async (ledger, store) => {
      const lease = await ledger.lock("uat", request());
      const holder = await ledger.unlock("uat", { ...ana, who: "ben" }, "it hangs");
      assert.equal(holder.rollout, lease.rollout);
      const error = await refuses(firstRefusal(lease, store), "lease-lost");
      assert.match(error.message, /ben.*it hangs/);
      assert.equal(lease.lost.aborted, true);
      await lease.release();
      const next = await ledger.lock("uat", request());
      assert.ok(next.token > lease.token);
      await next.release();
    });

    claim("who broke a rollout's lock, and why, stays in its record", async (ledger) => {
      const lease = await ledger.lock("uat", request());
      const recorder = await opened(ledger, "uat", lease.token, lease.rollout);
      await ledger.unlock("uat", { ...ana, who: "ben" }, "it hangs");
      await recorder.append(surveyed("it goes on a little"));
      await recorder.close();
      await (await ledger.lock("uat", request())).release();
      const { outcome, events } = await ledger.rollout("uat", lease.rollout);
      assert.equal(outcome.outcome, "interrupted");
      assert.match(outcome.reasons[0]?.message ?? "", /ben.*it hangs/);
      assert.equal(events.length, 2);
    });

    claim("a lost lease is noticed without a check", async (ledger) => {
      const lease = await ledger.lock("uat", request());
      const noticed = new Promise((resolve) => lease.lost.addEventListener("abort", resolve, { once: true }));
      // The heartbeat's timer alone keeps no process alive.
      const awake = setInterval(() => {}, 1000);
      await ledger.unlock("uat", ana, "a test");
      await noticed;
      clearInterval(awake);
    });

    claim("where there is no holder there is nothing to unlock", async (ledger) => {
      await refuses(ledger.unlock("uat", ana, "why not"), "not-locked");
      await (await ledger.lock("uat", request())).release();
      await refuses(ledger.unlock("uat", ana, "why not"), "not-locked");
    });

    claim("who is cancelled while waiting stops waiting", async (ledger) => {
      const lease = await ledger.lock("uat", request());
      const cancel = new AbortController();
      const waiting = ledger.lock(
        "uat",
        request({ waitSeconds: 60, signal: cancel.signal, onWait: () => cancel.abort() }),
      );
      await assert.rejects(waiting, { name: "AbortError" });
      await lease.release();
    });
  });
}

/**
 * Checks until it is refused. Where asking is a round trip, a lease that was confirmed less than half its length ago is
 * still taken for ours; past its length none is.
 */
async function firstRefusal(lease: Lease, { leaseSeconds }: StoreUnderTest): Promise<void> {
  const end = performance.now() + leaseSeconds * 2000;
  while (performance.now() < end) {
    await lease.check();
    await pause(leaseSeconds * 50);
  }
}
