import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type AgentScene, agentScene, agentSecret, agentUnit, installAgent } from "../helpers/agent-scene.ts";

describe("a machine with an agent that was off", { concurrency: false }, () => {
  let scene: AgentScene;
  before(async () => {
    scene = await agentScene("agent-boot");
    const installed = await scene.here(installAgent);
    assert.equal(installed.status, 0, installed.stdout + installed.stderr);
  });
  after(async () => await scene?.remove());

  const powerOff = async () => {
    await scene.vanish();
    await scene.machine.stop();
  };
  const powerOn = async () => {
    await scene.reappear();
    await scene.machine.start();
  };

  it("is brought to the last proven revision at boot, and its debt is paid in the shared ledger", async () => {
    await powerOff();
    const commit = await scene.change("second\n");
    const deferred = await scene.here(["deploy", "uat"]);
    assert.equal(deferred.status, 0, deferred.stdout + deferred.stderr);
    assert.match((await scene.here(["status", "uat"])).stdout, /m1 owes .* old code that serves there/s);
    await powerOn();
    await scene.until("the second revision answers", async () => (await scene.serves()) === commit);
    await scene.until("the debt is paid", async () => {
      const { stdout } = await scene.here(["status", "uat", "--json"]);
      return JSON.parse(stdout).environments[0].state.debts.length === 0;
    });
    assert.equal((await scene.machine.exec("cat", "/opt/app/current/token")).stdout, agentSecret);
    await scene.until("the note says that it is recorded", async () => (await scene.note())?.recorded === true);
  });

  it("keeps what runs when the remote is not reachable then, says so, and tries again", async () => {
    const before = await scene.serves();
    await powerOff();
    const commit = await scene.change("third\n");
    await scene.here(["deploy", "uat"]);
    await scene.server.stop();
    await powerOn();
    await scene.until("its note tells of the remote", async () =>
      /remote/.test((await scene.note())?.reasons[0] ?? ""),
    );
    await scene.until("the old revision answers", async () => (await scene.serves()) === before);
    await scene.server.start();
    assert.match((await scene.here(["status", "uat", "--live"])).stdout, /agent-failed/);
    await scene.machine.exec("systemctl", "start", `${agentUnit}.service`);
    assert.equal(await scene.serves(), commit);
  });
});
