import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isAlive, kill, machineScene } from "../../../test/helpers/machine-scene.ts";

describe("a release that only has to be started again", { concurrency: false }, () => {
  it("and whose last step failed is gone through again by the next deploy, not taken for good", async () => {
    const scene = machineScene();
    try {
      const broken = join(scene.root, "broken");
      const warmed = join(scene.root, "warmed");
      const warm = { run: `test ! -e ${broken}; echo x >>${warmed}` };
      const place = scene.place({ steps: { ...scene.place().spec.steps, warm } });
      const revision = await scene.revision([{ path: "a", content: "1" }]);
      const names = async () => (await scene.plan(place, revision)).steps.map(({ name }) => name);
      await scene.deploy(place, revision);
      assert.deepEqual(await names(), []);
      kill(scene.pid());
      for (let i = 0; i < 100 && isAlive(scene.pid()); i++);
      writeFileSync(broken, "");
      assert.deepEqual(await names(), ["restart", "warm", "finish"]);
      assert.equal((await scene.deploy(place, revision)).at(-1)?.result, "failed");
      assert.ok((await names()).includes("warm"), "it failed, and is not forgotten");
      assert.equal((await scene.facts(place)).state.complete, false);
      assert.equal((await scene.deploy(place, revision)).at(-1)?.result, "failed");
      assert.equal(readFileSync(warmed, "utf8"), "x\n");
      rmSync(broken);
      for (const end of await scene.deploy(place, revision)) assert.notEqual(end.result, "failed");
      assert.deepEqual(await names(), []);
      assert.equal(readFileSync(warmed, "utf8"), "x\nx\n");
    } finally {
      await scene.dispose();
    }
  });
});

describe("a release that is laid anew while it serves", { concurrency: false }, () => {
  it("stays whole under `current` when a step before the switch fails, and gives way when all is well", async () => {
    const scene = machineScene();
    try {
      const broken = join(scene.root, "broken");
      const build = { run: `test ! -e ${broken}; echo built >>a` };
      const place = scene.place({ steps: { build, ...scene.place().spec.steps } });
      const revision = await scene.revision([{ path: "a", content: "1\n" }]);
      const forced = { ...revision, wanted: { ...revision.wanted, force: true } };
      await scene.deploy(place, revision);
      const current = join(scene.directory, "current");
      const release = readlinkSync(current);
      const server = scene.pid();
      writeFileSync(broken, "");
      const [upload, failed] = await scene.deploy(place, forced);
      assert.match(JSON.stringify(upload), /set aside as releases\/\S+\.replaced-1, and current leads there/);
      assert.equal(failed?.result, "failed");
      assert.equal(readlinkSync(current), `${release}.replaced-1`);
      assert.equal(readFileSync(join(current, "a"), "utf8"), "1\nbuilt\n");
      assert.ok(isAlive(server));
      rmSync(broken);
      for (const end of await scene.deploy(place, revision)) assert.notEqual(end.result, "failed", JSON.stringify(end));
      assert.equal(readlinkSync(current), release);
      assert.equal(readFileSync(join(current, "a"), "utf8"), "1\nbuilt\n");
      for (const { verdict, reason } of await scene.prove(place, revision)) assert.equal(verdict, "proven", reason);
      assert.deepEqual(readdirSync(join(scene.directory, "releases")), [release.slice("releases/".length)]);
    } finally {
      await scene.dispose();
    }
  });
});
