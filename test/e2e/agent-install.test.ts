import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type AgentScene, agentScene, agentSecret, agentUnit, installAgent } from "../helpers/agent-scene.ts";

describe("the agent", { concurrency: false }, () => {
  let scene: AgentScene;
  before(async () => {
    scene = await agentScene("agent-install");
  });
  after(async () => await scene?.remove());

  const files = async () => {
    const places = "/opt/landfall /etc/landfall /var/lib/landfall /etc/systemd/system/landfall*";
    return (await scene.machine.exec("sh", "-c", `ls -d ${places} 2>/dev/null`)).stdout;
  };
  /** Every file that installing makes, with the time of its last change. */
  const times = async () => {
    const where = ["/opt/landfall", "/etc/landfall", "/etc/systemd/system"];
    return (await scene.machine.exec("find", ...where, "-printf", "%p %T@\n")).stdout.split("\n");
  };

  it("is not installed where rights are missing: they are named, and nothing is changed", async () => {
    const asDeploy = await scene.here(["agent", "install", "uat", "--target", "m1"]);
    assert.equal(asDeploy.status, 3, asDeploy.stdout + asDeploy.stderr);
    assert.match(asDeploy.stderr, /deploy may not run \/bin\/sh by sudo.*allowed now: .*\/usr\/bin\/systemctl/s);
    const remote = `${scene.server.address}x`;
    const asPlain = await scene.here([...installAgent, "--user", "plain", "--remote", remote, "--json"]);
    assert.equal(asPlain.status, 3, asPlain.stdout);
    const told: string[] = JSON.parse(asPlain.stdout).findings.map(({ message }: { message: string }) => message);
    assert.ok(
      told.some((text) => /plain .* may not run by sudo.*systemctl restart web\.service/.test(text)),
      asPlain.stdout,
    );
    assert.ok(
      told.some((text) => /plain .* cannot read git:\/\//.test(text)),
      asPlain.stdout,
    );
    assert.equal(await files(), "");
    assert.match((await scene.here(["plan", "uat"])).stdout, /has no agent/);
  });

  it("is installed with its own program, variables that nobody else reads, and a timer; a second time changes nothing", async () => {
    const first = await scene.here(installAgent);
    assert.equal(first.status, 0, first.stdout + first.stderr);
    assert.match(first.stdout, /TOKEN/);
    assert.ok(!(first.stdout + first.stderr).includes(agentSecret));
    const mode = await scene.machine.exec("stat", "-c", "%a %U", "/etc/landfall/shop-uat.env");
    assert.equal(mode.stdout.trim(), "600 root");
    const enabled = await scene.machine.exec("systemctl", "is-enabled", `${agentUnit}.timer`);
    assert.equal(enabled.stdout.trim(), "enabled");
    const order = await scene.machine.exec(
      "systemctl",
      "show",
      "-p",
      "WantedBy",
      "-p",
      "Before",
      `${agentUnit}.service`,
    );
    assert.doesNotMatch(order.stdout, /multi-user|web\.service/);
    const before = await times();
    const second = await scene.here(installAgent);
    assert.equal(second.status, 0, second.stdout + second.stderr);
    assert.match(second.stdout, /Nothing to change/);
    assert.deepEqual(
      (await times()).filter((line) => !before.includes(line)),
      [],
    );
  });

  it("proves what runs as soon as it is installed, which the target notes and `status --live` shows", async () => {
    await scene.until("the first run left its note", async () => (await scene.note())?.outcome === "proven");
    const live = await scene.here(["status", "uat", "--live"]);
    assert.equal(live.status, 0, live.stdout + live.stderr);
    assert.match(live.stdout, /agent \d+\.\d+\.\d+: its run of .* proved/);
  });

  it("whose unit was changed is found, and mended by another install", async () => {
    await scene.machine.exec("sh", "-c", `echo "Environment=OTHER=1" >>/etc/systemd/system/${agentUnit}.service`);
    assert.match((await scene.here(["plan", "uat"])).stdout, /agent-differs/);
    const again = await scene.here(installAgent);
    assert.match(again.stdout, new RegExp(`${agentUnit}.service`));
    assert.doesNotMatch((await scene.here(["plan", "uat"])).stdout, /agent-differs/);
  });

  it("catches up also with a key that may only read, and the next proof from elsewhere records it", async () => {
    assert.equal((await scene.here([...installAgent, "--remote", scene.server.readOnlyAddress])).status, 0);
    await scene.vanish();
    const commit = await scene.change("fourth\n");
    await scene.here(["deploy", "uat"]);
    await scene.reappear();
    await scene.machine.exec("systemctl", "start", `${agentUnit}.service`);
    assert.equal(await scene.serves(), commit);
    const note = await scene.note();
    assert.deepEqual([note?.outcome, note?.recorded], ["proven", false]);
    assert.match((await scene.here(["status", "uat"])).stdout, /owes/);
    assert.equal((await scene.here(["status", "uat", "--live"])).status, 0);
    assert.doesNotMatch((await scene.here(["status", "uat"])).stdout, /owes/);
  });

  it("is removed with everything that was made for it, and what was deployed stays", async () => {
    const uninstall = ["agent", "uninstall", "uat", "--target", "m1", "--login", "admin"];
    const removed = await scene.here(uninstall);
    assert.equal(removed.status, 0, removed.stdout + removed.stderr);
    assert.equal(await files(), "");
    assert.ok(await scene.serves());
    assert.match((await scene.here(uninstall)).stdout, /Nothing to remove/);
  });
});
