import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { machineScene } from "../../../test/helpers/machine-scene.ts";
import { machine } from "./index.ts";

describe("a step that must run once", { concurrency: false }, () => {
  it("goes on to its end when its deployer is killed, and is not run again", async () => {
    const scene = machineScene();
    try {
      const effects = join(scene.root, "effects");
      const gate = join(scene.root, "gate");
      const run = `echo begun; while [ ! -f ${gate} ]; do sleep 0.1; done; echo effect >>${effects}`;
      const steps = { migrate: { run, once: "revision" }, ...scene.place().spec.steps };
      const place = scene.place({ steps });
      const revision = await scene.revision([{ path: "a", content: "1" }]);
      const { steps: planned } = await scene.plan(place, revision);
      const work = scene.work(revision);
      const [upload, migrate] = planned;
      assert.ok(upload && migrate?.once);
      assert.equal((await machine.run(upload, place, work, scene.context)).result, "done");
      const deployer = spawn(
        process.execPath,
        [new URL("../../../test/helpers/machine-deployer.ts", import.meta.url).pathname],
        {
          stdio: ["pipe", "pipe", "inherit"],
        },
      );
      deployer.stdin.end(JSON.stringify({ step: migrate, place, work }));
      await once(deployer.stdout, "data");
      deployer.kill("SIGKILL");
      await once(deployer, "exit");
      const busy = await machine.survey(place, scene.context);
      assert.match(
        (busy.state === "read" && busy.busy) || "",
        /^the step migrate of rollout R1\S* .* is still running/,
      );
      const next = await scene.plan(place, revision);
      writeFileSync(gate, "");
      const later = scene.work(revision);
      for (const step of next.steps) {
        const end = await machine.run(step, place, later, scene.context);
        assert.ok(end.result === "done" || end.result === "unchanged", JSON.stringify(end));
        if (step.name === "migrate") assert.match(JSON.stringify(end), /it was done before/);
      }
      assert.equal(readFileSync(effects, "utf8"), "effect\n");
    } finally {
      await scene.dispose();
    }
  });

  it("is a question when even the target lost it, and a person's answer settles it", async () => {
    const scene = machineScene();
    try {
      const place = scene.place({
        steps: { migrate: { run: "kill -9 $PPID; sleep 1; kill -9 $$", once: "revision" } },
      });
      const revision = await scene.revision([{ path: "a", content: "1" }]);
      const ends = await scene.deploy(place, revision);
      assert.equal(ends.at(-1)?.result, "failed");
      for (let i = 0; i < 100 && (await scene.facts(place)).busy !== null; i++) await sleep(50);
      const lost = await scene.plan(place, revision);
      assert.deepEqual(
        lost.findings.map((finding) => finding.code),
        ["once-unknown"],
      );
      assert.ok(!lost.steps.some(({ name }) => name === "migrate"));
      const answered = { ...revision, wanted: { ...revision.wanted, answers: { migrate: "done" as const } } };
      assert.deepEqual((await scene.plan(place, answered)).settled, [{ name: "migrate", result: "done" }]);
      const again = scene.place({ steps: { migrate: { run: "true", once: "revision" } } });
      const rerun = { ...revision, wanted: { ...revision.wanted, answers: { migrate: "rerun" as const } } };
      for (const end of await scene.deploy(again, rerun)) assert.notEqual(end.result, "failed");
      assert.deepEqual((await scene.plan(again, revision)).findings, []);
    } finally {
      await scene.dispose();
    }
  });
});
