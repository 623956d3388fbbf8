import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ended, landfall, said, startLandfall } from "../helpers/cli.ts";
import { docker } from "../helpers/docker.ts";
import { ask, expectTold, type Lab, type LabClone, recordOf, type Status, startLab } from "../helpers/two-machines.ts";

const deploy = ["deploy", "uat"];
const proven = { status: 0, outcome: "proven" };
const deferred = { ...proven, code: "target-deferred", says: /DEFERRED uat +frontend/ };
const unit = "landfall-sync-jobs-app-uat";

/** The frontend is off during a deploy; what it does when it boots. Its agent is installed by `landfall agent install`. */
describe("a machine that was off, when it boots", () => {
  let lab: Lab;
  let clone: LabClone;
  let first: string;
  before(async () => {
    lab = await startLab();
  });
  after(() => lab?.down());

  /** Whether the machines are as a test may find them: both on, proven, nothing owed. */
  let ready = false;
  beforeEach(async () => {
    if (!ready) await prepare();
    ready = false;
    first = await lab.answers("frontend");
    await lab.off("frontend");
  });
  afterEach((context) => {
    ready = "passed" in context && context.passed;
  });

  const prepare = async () => {
    clone = await lab.reset();
    await expectTold(clone.directory, deploy, proven);
    const installed = await landfall(clone.directory, [
      ...["agent", "install", "uat"],
      ...["--target", "frontend", "--login", "root"],
    ]);
    assert.equal(installed.status, 0, installed.stdout + installed.stderr);
    await settled();
  };
  /** Until the agent is not at work. */
  const settled = async () => {
    for (let tries = 0; tries < 120; tries += 1) {
      if (/^(inactive|failed)$/m.test(await lab.on("frontend", `systemctl is-active ${unit}.service`))) return;
      await sleep(500);
    }
    assert.fail(`the agent does not end: ${await log()}`);
  };
  const log = () => lab.on("frontend", `journalctl -b -o cat -u ${unit}.service`);
  /** Boots the frontend and lets its agent run now, not only when the timer says so. */
  const bootAndSync = async () => {
    await lab.boot("frontend");
    await sync();
  };
  const sync = async () => {
    await lab.on("frontend", `systemctl start ${unit}.service`);
    await settled();
  };
  const status = async (directory = clone.directory) =>
    (await ask<Status>(directory, ["status", "uat"])).environments[0];
  const owed = async () => (await status()).state.debts.map(({ target, commit }) => [target, commit]);
  const change = async (text: string) => await clone.push({ "words.txt": `${text} after ${first}` });

  it("takes by itself the last revision that was proven: not the newest, which failed, nor the first; all can see it", async () => {
    await change("missed");
    await expectTold(clone.directory, deploy, deferred);
    const second = await change("proven last");
    assert.equal((await landfall(clone.directory, [...deploy, "--no-deferred"])).status, 5);
    await clone.push({ "migrations/0002_bad.sql": "drop table orders;" });
    await expectTold(clone.directory, deploy, { status: 1, outcome: "failed", says: /table "orders" does not exist/ });
    assert.deepEqual(await owed(), [["frontend", second]]);
    await lab.boot("frontend");
    assert.equal(await lab.answers("frontend"), first, "what ran before does not run at once");
    const other = await lab.clone("other");
    const paid = async () => (await status(other.directory)).state.debts.length === 0;
    for (let tries = 0; tries < 60 && !(await paid()); tries += 1) await sleep(1000);
    const { rows, state } = await status(other.directory);
    assert.deepEqual(state.debts, [], await log());
    assert.deepEqual(
      rows.map(({ target, commit, verdict }) => [target, commit, verdict]),
      [
        // The migration that failed may have changed anything there, and nothing was read since.
        ["scheduler", null, "unknown"],
        ["frontend", second, "proven"],
      ],
    );
    assert.equal(await lab.answers("frontend"), second);
    const { rollouts } = await ask<{ rollouts: { id: string }[] }>(other.directory, ["history", "uat"]);
    const { events } = await recordOf(other.directory, rollouts[0]?.id ?? "", "proven");
    assert.ok(events.some((event) => event.event === "rollout-opened" && event.intent === "sync"));
    await settled();
    assert.equal(await lab.on("frontend", `systemctl show -p Result --value ${unit}.service`), "success");
    await clone.push({ "migrations/0002_bad.sql": null });
  });

  it("waits for a deploy that is under way, and takes what that one proves", async () => {
    const manifest = await clone.git("show", "HEAD:landfall.yaml");
    const slow = "slow: { run: 'echo slowly; sleep 10', only: [scheduler] }";
    const second = await clone.push({
      "landfall.yaml": `${manifest.replace("      migrate:", `      ${slow}\n      migrate:`)}\n`,
    });
    const running = startLandfall(clone.directory, deploy);
    await said(running, "slowly");
    await bootAndSync();
    assert.equal(await ended(running), 0);
    assert.equal(await lab.answers("frontend"), second, await log());
    assert.deepEqual(await owed(), []);
    await clone.push({ "landfall.yaml": `${manifest}\n` });
  });

  it("keeps what runs and says so when the remote cannot be reached, and tries again", async () => {
    const second = await change("second");
    await expectTold(clone.directory, deploy, deferred);
    await lab.on("hub", "systemctl stop ssh");
    await bootAndSync();
    assert.equal(await lab.answers("frontend"), first);
    assert.match(await log(), /remote-unreachable/);
    assert.match(await lab.on("frontend", `systemctl list-timers --no-legend ${unit}.timer`), /left/);
    await lab.on("hub", "systemctl start ssh");
    await sync();
    assert.equal(await lab.answers("frontend"), second, await log());
    assert.deepEqual(await owed(), []);
  });

  it("catches up with a key that only reads; the debt is paid in the ledger by the next run that can write", async () => {
    const second = await change("second");
    await expectTold(clone.directory, deploy, deferred);
    const keys = "/etc/ssh/keys/git";
    await lab.on("hub", `sed -i '/deploy-key/s/^/restrict,command="git-read-only" /' ${keys}`);
    await bootAndSync();
    // It would pay the debt by itself as soon as it may write.
    await lab.on("frontend", `systemctl stop ${unit}.timer`);
    await settled();
    await lab.on("hub", `sed -i 's/^restrict,command="git-read-only" //' ${keys}`);
    assert.equal(await lab.answers("frontend"), second, await log());
    assert.deepEqual(await owed(), [["frontend", second]]);
    const { events } = await expectTold(clone.directory, deploy, proven);
    assert.ok(!events.some((event) => event.event === "step-started"), "something was changed again");
    assert.deepEqual(await owed(), []);
  });

  it("catches up when the deployer's clock is an hour ahead and its own an hour behind", async () => {
    const library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
    const copy = join(lab.directory, "libfaketime.so.1");
    await docker(["cp", `${lab.container("hub")}:${library}`, copy]);
    const second = await change("second");
    const ahead = { LD_PRELOAD: copy, FAKETIME: "+1h", FAKETIME_DONT_FAKE_MONOTONIC: "1" };
    await expectTold(clone.directory, deploy, deferred, ahead);
    await lab.boot("frontend");
    const behind = `[Service]\\nEnvironment=LD_PRELOAD=${library} FAKETIME=-1h FAKETIME_DONT_FAKE_MONOTONIC=1\\n`;
    const folder = `/etc/systemd/system/${unit}.service.d`;
    await lab.on(
      "frontend",
      `mkdir -p ${folder} && printf '${behind}' >${folder}/clock.conf && systemctl daemon-reload`,
    );
    await sync();
    await lab.on("frontend", `rm -r ${folder}; systemctl daemon-reload`);
    assert.equal(await lab.answers("frontend"), second, await log());
    assert.deepEqual(await owed(), []);
  });
});
