import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
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
