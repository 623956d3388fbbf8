import assert from "node:assert/strict";
import { describe } from "node:test";
import { ulid } from "ulid";
import { lockContract } from "./contract-lock.ts";
import { claims, type StoreUnderTest } from "./contract-store.ts";
import {
  ana,
  closing,
  deployed,
  evidence,
  foldAll,
  opened,
  opening,
  refusal,
  refuses,
  request,
  surveyed,
} from "./scenes.ts";

/** What every store of the ledger must keep. `create` gives a store in which nothing was recorded. */
export function ledgerContract(name: string, create: () => Promise<StoreUnderTest>): void {
  const claim = claims(create);
  describe(`${name}: the record`, () => {
    claim("where nothing was recorded there is no state, no history, and no rollout", async (ledger) => {
      assert.equal(await ledger.state("uat"), null);
      assert.deepEqual(await ledger.environments(), []);
      assert.deepEqual(await ledger.history("uat", 10), []);
      assert.equal(await ledger.holder("uat"), null);
      await refuses(ledger.rollout("uat", ulid()), "no-such-rollout");
    });

    claim("what was acknowledged is there for others at once", async (ledger, store) => {
      const recorder = await opened(ledger, "uat", 1);
      const other = await store.open();
      assert.equal((await other.state("uat"))?.token, 1);
      await recorder.append(surveyed("nothing yet"));
      assert.equal((await other.rollout("uat", recorder.rollout)).events.length, 2);
      await recorder.close();
    });

    claim("events keep their order, however many arrive at once", async (ledger) => {
      const recorder = await opened(ledger, "uat", 1);
      const sent = Array.from({ length: 60 }, (_, index) => surveyed(`${index}`));
      await Promise.all(sent.slice(0, 30).map((event) => recorder.append(event)));
      await Promise.all(sent.slice(30).map((event) => recorder.append(event)));
      await recorder.close();
      assert.deepEqual((await ledger.rollout("uat", recorder.rollout)).events.slice(1), sent);
    });

    claim("the state is the fold of all events, and the recorder knows it", async (ledger) => {
      const first = await deployed(ledger, "uat", 1, "a".repeat(40), "proven");
      const second = await deployed(ledger, "uat", 2, "b".repeat(40), "failed");
      const state = await ledger.state("uat");
      assert.ok(state);
      const events = (await ledger.history("uat", 10)).reverse().map((rollout) => rollout.events);
      assert.deepEqual(state, foldAll(state.ledger, "uat", events));
      assert.deepEqual(second.state(), state);
      assert.equal(state.revisions[0]?.rollout, first.rollout);
      assert.equal(state.last?.outcome, "failed");
    });

    claim("two recorders of one environment lose none of each other's events", async (ledger, store) => {
      const others = [ledger, await store.open()];
      const recorders = await Promise.all(others.map((one, index) => opened(one, "uat", index + 1)));
      await Promise.all(
        recorders.map(async (recorder, writer) => {
          for (let index = 0; index < 8; index += 1) await recorder.append(surveyed(`${writer} ${index}`));
          await recorder.close();
        }),
      );
      for (const [writer, recorder] of recorders.entries()) {
        const { events } = await ledger.rollout("uat", recorder.rollout);
        const summaries = events.flatMap((event) => (event.event === "surveyed" ? [event.summary] : []));
        assert.deepEqual(
          summaries,
          Array.from({ length: 8 }, (_, index) => `${writer} ${index}`),
        );
      }
      assert.equal((await ledger.state("uat"))?.token, 2);
    });

    claim("a rollout that was opened and never closed reads as interrupted", async (ledger) => {
      const recorder = await opened(ledger, "uat", 1);
      await recorder.close();
      const [rollout] = await ledger.history("uat", 1);
      assert.equal(rollout?.outcome.outcome, "interrupted");
      assert.equal(rollout?.closedAt, null);
      assert.equal((await ledger.state("uat"))?.last?.outcome, undefined);
    });

    claim("a rollout whose lease is live is open, not interrupted", async (ledger) => {
      const id = ulid();
      const lease = await ledger.lock("uat", request({ rollout: id }));
      const recorder = await opened(ledger, "uat", lease.token, id);
      const [rollout] = await ledger.history("uat", 1);
      assert.equal(rollout?.open, true);
      assert.equal(rollout?.outcome.outcome, "unproven");
      await lease.release();
      await recorder.close();
      assert.equal((await ledger.rollout("uat", id)).outcome.outcome, "interrupted");
    });

    claim(
      "a proof takes no lease: it is open while its process is known to run, and interrupted after",
      async (ledger) => {
        for (const [pid, open] of [
          [ana.pid, true],
          [2 ** 22 + 1, undefined],
        ] as const) {
          const recorder = await ledger.record("uat", ulid(), "shop");
          const event = opening("uat", 0, recorder.rollout);
          await recorder.append({ ...event, intent: "prove", owner: { ...ana, pid } });
          await recorder.close();
          assert.equal((await ledger.rollout("uat", recorder.rollout)).open, open);
        }
      },
    );

    claim("a refused attempt is recorded, and hides no rollout that is still open", async (ledger) => {
      const recorder = await opened(ledger, "uat", 1);
      await recorder.close();
      const refused = await ledger.record("uat", ulid(), "shop");
      await refused.append(refusal("uat", refused.rollout));
      await refused.close();
      const [newest] = await ledger.history("uat", 1);
      assert.equal(newest?.outcome.outcome, "blocked");
      assert.equal((await ledger.state("uat"))?.last?.id, recorder.rollout);
    });

    claim("a rollout's record can be taken up again, and its evidence still counts", async (ledger) => {
      const recorder = await opened(ledger, "uat", 1);
      await recorder.append(evidence());
      await recorder.close();
      const again = await ledger.record("uat", recorder.rollout, "shop");
      await again.append(closing(recorder.rollout, "proven"));
      await again.close();
      assert.equal((await ledger.rollout("uat", recorder.rollout)).events.length, 3);
      assert.equal((await ledger.state("uat"))?.proven.web?.m1?.rollout, recorder.rollout);
    });

    claim("history is newest first, and a rollout is found by the beginning of its id", async (ledger) => {
      const times = [1_700_000_000_000, 1_710_000_000_000, 1_720_000_000_000];
      const ids = times.map((time) => ulid(time));
      for (const [index, id] of ids.entries()) await (await opened(ledger, "uat", index + 1, id)).close();
      assert.deepEqual(
        (await ledger.history("uat", 2)).map((rollout) => rollout.id),
        [ids[2], ids[1]],
      );
      assert.equal((await ledger.rollout("uat", ids[0]?.slice(0, 9).toLowerCase() ?? "")).id, ids[0]);
      await refuses(ledger.rollout("uat", "01H"), "no-such-rollout");
      await refuses(ledger.rollout("uat", "01"), "no-such-rollout");
    });

    claim("environments do not see each other", async (ledger) => {
      await (await opened(ledger, "uat", 1)).close();
      await (await opened(ledger, "prod", 5)).close();
      assert.deepEqual(await ledger.environments(), ["prod", "uat"]);
      assert.equal((await ledger.state("uat"))?.token, 1);
      assert.equal((await ledger.history("prod", 10)).length, 1);
    });

    claim("an event after the close is refused, not lost", async (ledger) => {
      const recorder = await opened(ledger, "uat", 1);
      await recorder.close();
      await assert.rejects(recorder.append(surveyed("late")));
      await recorder.close();
    });
  });

  lockContract(name, claim);
}
