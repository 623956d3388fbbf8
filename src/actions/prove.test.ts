import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { deployRequest, type Stage, setStage } from "../../test/helpers/stage.ts";
import { openGitLedger } from "../ledger/git-store.ts";
import { deploy } from "./deploy.ts";
import { prove } from "./prove.ts";

describe("a proof with a manifest that is wrong is invalid", () => {
  let stage: Stage;
  let sound: string;
  let wrong: string;
  before(() => {
    stage = setStage();
    sound = `${stage.git("show", "HEAD:landfall.yaml")}\n`;
    wrong = sound.replace(/^ +branch: .*\n/m, "");
  });
  after(() => stage.remove());
  const codesWith = async (manifest: string) => {
    stage.write({ "landfall.yaml": manifest });
    const { findings } = await prove({ environment: "uat", components: [] }, stage.world);
    return findings.map(({ code }) => code);
  };

  it("where nothing was ever deployed", async () => {
    assert.deepEqual(await codesWith(sound), ["nothing-recorded"]);
    assert.deepEqual(await codesWith(wrong), ["missing-key"]);
  });

  it("while somebody holds the lock, and when something was deployed", async () => {
    stage.write({ "landfall.yaml": sound });
    const { outcome } = await deploy(deployRequest(), stage.world);
    assert.equal(outcome.outcome, "proven", JSON.stringify(outcome));
    assert.deepEqual(await codesWith(wrong), ["missing-key"]);
    const owner = { who: "eve", host: "elsewhere", boot: "b", pid: 1 };
    const ledger = await openGitLedger(stage.directory);
    const { signal } = stage.world;
    const lease = await ledger.lock("uat", { owner, rollout: "01K00000000000000000000000", waitSeconds: 0, signal });
    assert.deepEqual(await codesWith(sound), ["lock-held"]);
    assert.deepEqual(await codesWith(wrong), ["missing-key"]);
    await lease.release();
  });
});
