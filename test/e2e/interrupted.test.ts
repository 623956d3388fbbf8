import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Document, ended, expectDocument, landfall, startLandfall } from "../helpers/cli.ts";
import { type LocalService, makeLocalService } from "../helpers/local-service.ts";

const migrate =
  "migrate: { run: 'sleep 0.5; echo $LANDFALL_COMMIT >>$LANDFALL_DIRECTORY/shared/migrations; sleep 0.5', once: revision }";
const slow = "slow: { run: 'echo begun; sleep 3; echo $LANDFALL_COMMIT >>$LANDFALL_DIRECTORY/shared/slow' }";
const deploy = ["deploy", "uat"];

/** Reads the stream of events until one of them is the one that is waited for. */
async function until(child: ChildProcess, wanted: (event: Record<string, unknown>) => boolean): Promise<void> {
  let rest = "";
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      const parts = (rest + chunk.toString()).split("\n");
      rest = parts.pop() ?? "";
      if (parts.some((line) => wanted(JSON.parse(line)))) resolve();
    });
    child.once("exit", (status) => reject(new Error(`it ended with ${status} before the event came`)));
  });
}

describe("a deployer that is killed with -9", () => {
  let service: LocalService;
  beforeEach(async () => {
    service = await makeLocalService(migrate);
  });
  afterEach(async () => await service.remove());

  const killAt = async (wanted: (event: Record<string, unknown>) => boolean, after = 0) => {
    const child = startLandfall(service.repository.directory, [...deploy, "--events"]);
    await until(child, wanted);
    await sleep(after);
    child.kill("SIGKILL");
    assert.equal(await ended(child), "SIGKILL");
  };
  const finishes = async (commit: string): Promise<Document> => {
    const document = await expectDocument(service.repository.directory, deploy, { status: 0, outcome: "proven" });
    assert.equal(document.rollout.revision.commit, commit);
    assert.equal(
      (await service.lines("migrations")).filter((line) => line === commit).length,
      1,
      "the migration did not run exactly once",
    );
    return document;
  };

  for (const stage of ["survey", "plan", "preflight", "build", "execute", "prove", "judge"]) {
    it(`in the stage ${stage} is taken over by the next deploy, which finishes; what must run once has run once`, async () => {
      const commit = await service.change();
      await killAt((event) => event.event === "stage" && event.stage === stage);
      const shown = await landfall(service.repository.directory, ["status", "uat"]);
      assert.match(shown.stdout + shown.stderr, /interrupted/);
      const document = await finishes(commit);
      const record = await landfall(service.repository.directory, ["history", "show", document.rollout.id, "--json"]);
      assert.match(record.stdout, /"took-over"/);
      const all = JSON.parse((await landfall(service.repository.directory, ["history", "uat", "--json"])).stdout);
      assert.equal(all.rollouts[1].outcome.outcome, "interrupted");
    });
  }

  for (const [step, delay] of [
    ["upload", 0],
    ["stamp", 50],
    ["migrate", 0],
    ["migrate", 300],
    ["migrate", 700],
    ["switch", 30],
    ["restart", 50],
    ["finish", 20],
  ] as const) {
    it(`${delay} ms into the step ${step} is taken over by the next deploy, which finishes; the migration ran once`, async () => {
      const commit = await service.change();
      await killAt((event) => event.event === "step-started" && event.name === step, delay);
      await finishes(commit);
      const again = await expectDocument(service.repository.directory, deploy, { status: 0, outcome: "proven" });
      assert.deepEqual(again.rollout.steps, []);
    });
  }
});

describe("two deploys of one environment at once", () => {
  let service: LocalService;
  let first: ChildProcess;
  beforeEach(async () => {
    service = await makeLocalService(slow);
    first = startLandfall(service.repository.directory, [...deploy, "--events"]);
    await until(first, (event) => event.event === "step-output" && event.line === "begun");
  });
  afterEach(async () => {
    first.kill("SIGKILL");
    await service.remove();
  });

  it("one waits and then finds nothing left to do", async () => {
    const second = await landfall(service.repository.directory, [...deploy, "--json"]);
    assert.match(second.stderr, /holds uat/);
    const document = JSON.parse(second.stdout) as Document;
    assert.equal(second.status, 0, second.stdout);
    assert.deepEqual(document.rollout.steps, []);
    assert.equal(await ended(first), 0);
    assert.equal((await service.lines("slow")).length, 1);
  });

  it("with --wait 0 the second is blocked with the holder named, on the screen, in --json and in the ledger", async () => {
    const told = await landfall(service.repository.directory, [...deploy, "--wait", "0"]);
    assert.equal(told.status, 3);
    assert.match(told.stdout, new RegExp(`pid ${first.pid}`));
    const document = await expectDocument(service.repository.directory, [...deploy, "--wait", "0"], {
      status: 3,
      outcome: "blocked",
      code: "lock-held",
    });
    assert.match(document.rollout.reasons[0]?.message ?? "", new RegExp(`pid ${first.pid}`));
    const lock = await landfall(service.repository.directory, ["lock", "uat"]);
    assert.match(lock.stdout, new RegExp(`${first.pid}`));
    assert.equal(await ended(first), 0);
  });

  it("Ctrl-C lets the step under way end, begins no other, is recorded as cancelled, and gives the lock back", async () => {
    first.kill("SIGINT");
    assert.equal(await ended(first), 130);
    assert.equal((await service.lines("slow")).length, 1, "the step under way was cut off");
    const history = JSON.parse((await landfall(service.repository.directory, ["history", "uat", "--json"])).stdout);
    assert.equal(history.rollouts[0].outcome.outcome, "cancelled");
    const next = await expectDocument(service.repository.directory, [...deploy, "--wait", "0"], {
      status: 0,
      outcome: "proven",
    });
    assert.ok(next.rollout.steps.length > 0);
  });

  it("a second Ctrl-C does not wait for the step; the next deploy does", async () => {
    first.kill("SIGINT");
    await sleep(500);
    first.kill("SIGINT");
    assert.equal(await ended(first), 130);
    await expectDocument(service.repository.directory, deploy, { status: 0, outcome: "proven" });
  });

  it("a broken lock fences its holder: it starts no further step", async () => {
    assert.equal((await landfall(service.repository.directory, ["unlock", "uat"])).status, 2, "without a reason");
    const broken = await landfall(service.repository.directory, ["unlock", "uat", "--reason", "the laptop is gone"]);
    assert.equal(broken.status, 0, broken.stdout + broken.stderr);
    assert.equal(await ended(first), 4);
    const history = JSON.parse((await landfall(service.repository.directory, ["history", "uat", "--json"])).stdout);
    assert.equal(history.rollouts[0].outcome.reasons[0].code, "lease-lost");
    assert.match(history.rollouts[0].outcome.reasons[0].message, /the laptop is gone/);
  });

  it("a holder that sleeps past its lease wakes up fenced, and the other has finished meanwhile", async () => {
    first.kill("SIGSTOP");
    const commit = await service.repository.head();
    const document = await expectDocument(service.repository.directory, [...deploy, "--wait", "3m"], {
      status: 0,
      outcome: "proven",
    });
    assert.equal(document.rollout.revision.commit, commit);
    first.kill("SIGCONT");
    assert.equal(await ended(first), 4);
    const again = await expectDocument(service.repository.directory, deploy, { status: 0, outcome: "proven" });
    assert.deepEqual(again.rollout.steps, []);
  });
});
