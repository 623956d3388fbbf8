import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type MachineScene, machineScene, restartDaemon } from "../../../test/helpers/machine-scene.ts";
import { countedHashes } from "../../../test/helpers/shims.ts";
import { machine } from "./index.ts";

const files = [{ path: "a.txt", content: "as sent\n" }];

/** A scene whose steps are these, and then a restart. */
async function withSteps(steps: Record<string, string>, work: (scene: MachineScene) => Promise<void>) {
  const scene = machineScene();
  try {
    await work({
      ...scene,
      place: () => {
        const written = Object.entries(steps).map(([name, run]) => [name, { run }] as const);
        const restart = { run: `PID_FILE='${scene.pidFile}'\n${restartDaemon}` };
        return scene.place({ steps: { ...Object.fromEntries(written), restart } });
      },
    });
  } finally {
    await scene.dispose();
  }
}

describe("what steps change in a release", { concurrency: false }, () => {
  it("is found with one reading of the release for each step, beside that of the upload", async () => {
    await withSteps({ build: "echo built >>a.txt", test: "true" }, async (scene) => {
      const log = countedHashes(scene.root);
      const revision = await scene.revision(files);
      for (const end of await scene.deploy(scene.place(), revision)) assert.equal(end.result, "done");
      assert.equal(log().filter((line) => line.includes("a.txt")).length, 1 + 3);
      const { reason } = (await scene.prove(scene.place(), revision)).find(({ claim }) => claim === "files") ?? {};
      assert.match(reason ?? "", /a\.txt was changed by step build/);
    });
  });

  it("is told from what was different before by this rollout alone: nothing of another one is gone by", async () => {
    await withSteps({ build: "echo built >>a.txt" }, async (scene) => {
      const revision = await scene.revision(files);
      const place = scene.place();
      const plan = await scene.plan(place, revision);
      const work = scene.work(revision);
      const [upload, build] = plan.steps;
      assert.ok(upload && build);
      assert.equal((await machine.run(upload, place, work, scene.context)).result, "done");
      // As if a rollout before had seen what this step will do, and been cut off.
      const after = createHash("sha256").update("as sent\nbuilt\n").digest("hex");
      writeFileSync(leftIn(scene), `R0-cut-off\n${after} a.txt\n`);
      assert.equal((await machine.run(build, place, work, scene.context)).result, "done");
      const state = join(scene.directory, ".landfall/releases");
      const [changed = ""] = readdirSync(state).filter((name) => name.endsWith(".changed"));
      assert.equal(readFileSync(join(state, changed), "utf8"), `build ${after} a.txt\n`);
    });
  });

  it("is not gone by while a step runs, nor after the deploy", async () => {
    await withSteps({ look: "! ls .. ../../.landfall/releases | grep '[.]left$'" }, async (scene) => {
      const revision = await scene.revision(files);
      for (const end of await scene.deploy(scene.place(), revision)) assert.equal(end.result, "done");
      assert.throws(() => leftIn(scene), /no note/);
    });
  });
});

/** Where the release's present differences are noted. */
function leftIn({ directory }: MachineScene): string {
  const state = join(directory, ".landfall/releases");
  const left = readdirSync(state).find((name) => name.endsWith(".left"));
  if (left === undefined) throw new Error("there is no note");
  return join(state, left);
}
