import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { machineScene } from "../../../test/helpers/machine-scene.ts";
import { machine } from "./index.ts";

describe("the lock and the fence of a target", { concurrency: false }, () => {
  it("two rollouts at once never overlap: the older one is fenced or waits", async () => {
    const scene = machineScene();
    try {
      const log = join(scene.root, "log");
      const place = scene.place({ steps: { work: { run: `echo in >>${log}; sleep 0.5; echo out >>${log}` } } });
      const revision = await scene.revision([{ path: "a", content: "1" }]);
      const { steps } = await scene.plan(place, revision);
      const [upload, work] = steps;
      assert.ok(upload && work);
      await machine.run(upload, place, scene.work(revision, 1), scene.context);
      const ends = await Promise.all(
        [3, 3, 3].map((token) => machine.run(work, place, scene.work(revision, token), scene.context)),
      );
      assert.deepEqual(
        ends.map(({ result }) => result),
        ["done", "done", "done"],
      );
      assert.equal(readFileSync(log, "utf8"), "in\nout\n".repeat(3));
      const late = await machine.run(work, place, scene.work(revision, 2), scene.context);
      assert.equal(late.result === "failed" && late.error.code, "fenced");
      assert.equal(readFileSync(log, "utf8"), "in\nout\n".repeat(3));
    } finally {
      await scene.dispose();
    }
  });

  it("a step whose runner was killed holds the lock to its own end, and no longer", async () => {
    const scene = machineScene();
    try {
      const log = join(scene.root, "log");
      const body = (middle: string) => `echo in >>${log}; ${middle} echo out >>${log}`;
      const revision = await scene.revision([{ path: "a", content: "1" }]);
      const orphaned = scene.place({
        steps: { work: { run: body("sleep 0.3; kill -9 $PPID; sleep 2;"), timeout: "60s" } },
      });
      const lost = (await scene.deploy(orphaned, revision)).at(-1);
      assert.equal(lost?.result === "failed" && lost.error.code, "connection-lost");
      assert.equal(readFileSync(log, "utf8"), "in\n", "the step still runs");
      const place = scene.place({ steps: { work: { run: body("") } } });
      assert.match((await scene.facts(place)).busy ?? "", /^the step work of rollout R1/);
      for (const end of await scene.deploy(place, revision)) assert.notEqual(end.result, "failed", JSON.stringify(end));
      assert.equal(readFileSync(log, "utf8"), "in\nout\nin\nout\n");
      assert.equal((await scene.facts(place)).busy, null);
    } finally {
      await scene.dispose();
    }
  });

  it("a target of another ledger is refused, and taken over only by force", async () => {
    const scene = machineScene();
    try {
      const place = scene.place({ steps: {} });
      const ours = await scene.revision([{ path: "a", content: "1" }]);
      await scene.deploy(place, ours, 9);
      const theirs = await scene.revision([{ path: "a", content: "2" }], { ledger: "another ledger" });
      assert.deepEqual(
        (await scene.plan(place, theirs)).findings.map((finding) => finding.code),
        ["foreign-ledger"],
      );
      const refused = (await scene.deploy(place, theirs, 1)).at(-1);
      assert.equal(refused?.result === "failed" && refused.error.code, "foreign-ledger");
      const forced = { ...theirs, wanted: { ...theirs.wanted, force: true } };
      for (const end of await scene.deploy(place, forced, 1)) assert.equal(end.result, "done");
    } finally {
      await scene.dispose();
    }
  });
});
