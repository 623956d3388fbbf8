import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { ended, said, startLandfall } from "../helpers/cli.ts";
import {
  ask,
  expectTold,
  type Lab,
  type LabClone,
  type Recorded,
  type Status,
  startLab,
} from "../helpers/two-machines.ts";

const deploy = ["deploy", "uat"];
const proven = { status: 0, outcome: "proven" };

describe("two machines, a database and a git server", () => {
  let lab: Lab;
  let clone: LabClone;
  before(async () => {
    lab = await startLab();
  });
  after(() => lab?.down());
  beforeEach(async () => {
    clone = await lab.reset();
  });

  const migration = async (name: string, sql: string) => await clone.push({ [`migrations/${name}.sql`]: sql });
  const migrationRuns = async (commit: string) =>
    Number(await lab.database(`select count(*) from migration_runs where revision = '${commit}'`));
  const status = async (directory = clone.directory) =>
    (await ask<Status>(directory, ["status", "uat"])).environments[0];
  const started = ({ events }: Recorded, target: string) =>
    events.filter((event) => event.event === "step-started" && event.target === target);

  it("both on: the frontend begins only when the scheduler is proven, and the migration runs once", async () => {
    const commit = await clone.head();
    const { events } = await expectTold(clone.directory, deploy, proven);
    const lastOfScheduler = events.findLastIndex(
      (event) => event.event === "evidence" && event.evidence.target === "scheduler",
    );
    const firstOfFrontend = events.findIndex((event) => event.event === "step-started" && event.target === "frontend");
    assert.ok(lastOfScheduler > 0 && firstOfFrontend > lastOfScheduler, "the frontend did not wait for the proof");
    const [proof, begin] = [events[lastOfScheduler], events[firstOfFrontend]];
    assert.ok(proof && begin && proof.at <= begin.at, "the times in the record are not in order");
    assert.equal(await migrationRuns(commit), 1);
    assert.deepEqual([await lab.answers("scheduler"), await lab.answers("frontend")], [commit, commit]);
    const again = await expectTold(clone.directory, deploy, proven);
    assert.ok(!again.events.some((event) => event.event === "step-started"), "something was changed again");
    assert.equal(await migrationRuns(commit), 1);
  });

  it("a frontend that is off owes the revision: exit 0 with a warning; it is paid when it is on", async () => {
    const commit = await clone.head();
    await lab.off("frontend");
    await expectTold(clone.directory, deploy, {
      ...proven,
      code: "target-deferred",
      says: /DEFERRED uat +frontend.*owes/,
    });
    assert.equal(await lab.answers("scheduler"), commit);
    assert.deepEqual(
      (await status()).state.debts.map(({ target, commit }) => [target, commit]),
      [["frontend", commit]],
    );
    await lab.boot("frontend");
    await expectTold(clone.directory, deploy, proven);
    assert.deepEqual((await status()).state.debts, []);
    assert.equal(await lab.answers("frontend"), commit);
    assert.equal(await migrationRuns(commit), 1);
  });

  it("a bad migration fails with the database's own words, and the frontend is not touched", async () => {
    const good = await clone.head();
    await expectTold(clone.directory, deploy, proven);
    const frontend =
      "systemctl show -p MainPID --value frontend; readlink /opt/jobs-app/current; ls /opt/jobs-app/releases";
    const before = await lab.on("frontend", frontend);
    await migration("0002_bad", "alter table orders add column price numeric;");
    const record = await expectTold(clone.directory, deploy, {
      status: 1,
      outcome: "failed",
      says: /relation "orders" does not exist/,
    });
    assert.deepEqual(started(record, "frontend"), []);
    assert.equal(await lab.on("frontend", frontend), before);
    assert.deepEqual([await lab.answers("scheduler"), await lab.answers("frontend")], [good, good]);
  });

  it("a machine that hangs, or is alive without sshd, is not off: the deploy is blocked, nothing is deferred", async () => {
    await lab.docker("pause", "frontend");
    await expectTold(clone.directory, deploy, { status: 3, outcome: "blocked", code: "host-hung" });
    await lab.docker("unpause", "frontend");
    await lab.on("frontend", "systemctl stop ssh");
    await expectTold(clone.directory, deploy, { status: 3, outcome: "blocked", code: "host-refuses" });
    await lab.on("frontend", "systemctl start ssh");
    assert.equal(await lab.on("scheduler", "ls /opt/jobs-app"), "shared");
  });

  it("a power cut in the middle of the migration leaves a question, which is answered and never guessed", async () => {
    const commit = await migration("0002_slow", "select pg_sleep(3); create table slow (id int);");
    const first = startLandfall(clone.directory, deploy);
    await said(first, "applied 0001");
    await lab.docker("kill", "scheduler");
    assert.equal(await ended(first), 1);
    await lab.boot("scheduler");
    await expectTold(clone.directory, deploy, { status: 3, outcome: "blocked", code: "once-unknown", says: /migrate/ });
    assert.equal(await migrationRuns(commit), 1);
    const answer = ["--once-rerun", "migrate", "--reason", "the table slow is not there"];
    await expectTold(clone.directory, [...deploy, ...answer], proven);
    assert.equal(await migrationRuns(commit), 2);
    assert.equal(await lab.answers("frontend"), commit);
  });

  it("a network cut in the middle of the migration does not end it: the next deploy knows that it ran", async () => {
    const commit = await migration("0002_slow", "select pg_sleep(3);");
    const first = startLandfall(clone.directory, deploy);
    await said(first, "applied 0001");
    await lab.unplug("scheduler");
    assert.equal(await ended(first), 1);
    await lab.plug("scheduler");
    await expectTold(clone.directory, deploy, proven);
    assert.equal(await lab.answers("frontend"), commit);
    assert.equal(await migrationRuns(commit), 1);
  });

  it("a deployer killed with -9 between the migration and its record does not make it run twice", async () => {
    const commit = await clone.head();
    const first = startLandfall(clone.directory, deploy);
    await said(first, "applied 0001");
    first.kill("SIGKILL");
    assert.equal(await ended(first), "SIGKILL");
    await expectTold(clone.directory, deploy, proven);
    assert.equal(await lab.answers("frontend"), commit);
    assert.equal(await migrationRuns(commit), 1);
  });

  it("two deploys from two clones: the second waits for the first, and each migration runs once", async () => {
    const slow = await migration("0002_slow", "select pg_sleep(6); create table slow (id int);");
    const other = await lab.clone("other");
    const first = startLandfall(clone.directory, deploy);
    await said(first, "applied 0001");
    const commit = await other.push({ "migrations/0003_fast.sql": "alter table slow add column name text;" });
    const second = startLandfall(other.directory, deploy);
    await said(second, "holds uat");
    assert.deepEqual([await ended(first), await ended(second)], [0, 0]);
    assert.deepEqual([await lab.answers("scheduler"), await lab.answers("frontend")], [commit, commit]);
    assert.deepEqual([await migrationRuns(slow), await migrationRuns(commit)], [1, 1]);
    const { rollouts } = await ask<{
      rollouts: { outcome: { outcome: string }; opened: { revision: { commit: string } } }[];
    }>(clone.directory, ["history", "uat"]);
    assert.deepEqual(
      rollouts.map(({ outcome, opened }) => [opened.revision.commit, outcome.outcome]),
      [
        [commit, "proven"],
        [slow, "proven"],
      ],
    );
  });

  it("a full disk fails the deploy and leaves what runs; with room again the next one finishes", async () => {
    const good = await clone.head();
    await expectTold(clone.directory, deploy, proven);
    const commit = await clone.push({ "data.txt": "data\n".repeat(200_000) });
    await lab.on("scheduler", "mount -t tmpfs -o size=512k,uid=$(id -u deploy) tmpfs /opt/jobs-app/releases");
    await expectTold(clone.directory, deploy, { status: 1, outcome: "failed", says: /No space left on device/ });
    await lab.on("scheduler", "umount /opt/jobs-app/releases");
    assert.deepEqual([await lab.answers("scheduler"), await lab.answers("frontend")], [good, good]);
    await expectTold(clone.directory, deploy, proven);
    assert.deepEqual([await lab.answers("scheduler"), await lab.answers("frontend")], [commit, commit]);
  });
});
