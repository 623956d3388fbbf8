import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { deployRequest, type Stage, setStage } from "../../test/helpers/stage.ts";
import { openGitLedger } from "../ledger/git-store.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { userError } from "../model/errors.ts";
import { deploy } from "./deploy.ts";
import { rollback } from "./rollback.ts";
import { status } from "./status.ts";
import { sync } from "./sync.ts";
import type { World } from "./world.ts";

const manifest = (step = "work") => `application: app
components:
  web:
    type: fake
    source: [src]
    steps:
      prepare: { run: ${step} }
environments:
  uat:
    branch: main
    targets:
      scheduler: { host: "scheduler" }
      frontend: { host: "frontend-\${env.PLACE:-here}", after: [scheduler], presence: on-demand }
`;

describe("a sync", () => {
  let stage: Stage;
  let clone: string;
  let here: World;
  beforeEach(() => {
    stage = setStage(manifest());
    clone = mkdtempSync(join(tmpdir(), "landfall-clone-"));
    execFileSync("git", ["clone", "--quiet", stage.directory, clone]);
    execFileSync("git", ["-C", clone, "checkout", "--quiet", "--detach"]);
    here = { ...stage.world, directory: clone, openLedger: () => openGitLedger(stage.directory) };
  });
  afterEach(() => {
    stage.remove();
    rmSync(clone, { recursive: true, force: true });
  });
  const frontend = () => stage.machines.at("frontend-here");
  const push = (more = {}) => deploy(deployRequest(more), stage.world);
  const catchUp = (world = here) => sync({ environment: "uat", target: "frontend", waitSeconds: 0 }, world);
  const state = async () => (await openGitLedger(stage.directory)).state("uat");
  const rollouts = async () => (await (await openGitLedger(stage.directory)).history("uat", 50)).length;

  it("is refused in a clone that somebody works in, and takes nothing of their work away", async () => {
    await push();
    const file = join(clone, "src/app.txt");
    const before = readFileSync(file, "utf8");
    const inClone = (...args: string[]) => execFileSync("git", ["-C", clone, ...args], { encoding: "utf8" }).trim();
    const refusal = async () => (await catchUp()).findings.map(({ code }) => code);
    writeFileSync(file, "my work");
    assert.deepEqual(await refusal(), ["work-tree-in-use"], "changed files");
    assert.equal(readFileSync(file, "utf8"), "my work");
    writeFileSync(file, before);
    inClone("checkout", "--quiet", "-b", "mine");
    assert.deepEqual(await refusal(), ["work-tree-in-use"], "a branch");
    assert.equal(inClone("symbolic-ref", "--short", "HEAD"), "mine");
    inClone("config", "landfall.agent", "true");
    assert.equal((await catchUp()).outcome.outcome, "proven", "the agent's own clone");
  });

  it("takes the last proven revision: not the newest, which failed on an earlier target, and not an older one", async () => {
    frontend().power = "off";
    await push();
    const second = stage.commit({ "src/app.txt": "two" });
    assert.equal((await push()).outcome.outcome, "proven");
    stage.commit({ "src/app.txt": "three", "landfall.yaml": manifest("fail") });
    assert.equal((await push()).outcome.outcome, "failed");
    frontend().power = "on";
    const answer = await catchUp();
    assert.equal(answer.outcome.outcome, "proven", JSON.stringify(answer.outcome));
    assert.equal(frontend().running?.commit, second);
    assert.equal(answer.intent, "sync");
  });

  it("pays the debt, touches no other target, and does not hide how the last rollout of the environment ended", async () => {
    frontend().power = "off";
    await push();
    stage.commit({ "src/app.txt": "two", "landfall.yaml": manifest("fail") });
    const failed = await push();
    const before = [...stage.machines.at("scheduler").log];
    assert.deepEqual(
      (await state())?.debts.map(({ target }) => target),
      ["frontend"],
    );
    const intended = (await state())?.intended;
    frontend().power = "on";
    assert.equal((await catchUp()).outcome.outcome, "proven");
    const after = await state();
    assert.deepEqual(after?.debts, []);
    assert.deepEqual(stage.machines.at("scheduler").log, before);
    assert.equal(after?.last?.id, failed.id);
    assert.deepEqual(after?.intended, intended);
    const shown = await status({ environment: "uat", live: false }, stage.world);
    assert.equal(shown.environments[0]?.rows.find(({ target }) => target === "frontend")?.verdict, "proven");
  });

  it("goes to what was rolled back to, not to the newer revision that was left", async () => {
    const first = stage.git("rev-parse", "HEAD");
    await push();
    stage.commit({ "src/app.txt": "two" });
    await push();
    frontend().power = "off";
    await rollback({ environment: "uat", waitSeconds: 0 }, stage.world);
    frontend().power = "on";
    assert.notEqual(frontend().running?.commit, first);
    assert.equal((await catchUp()).outcome.outcome, "proven");
    assert.equal(frontend().running?.commit, first);
  });

  it("is unproven and changes nothing when nothing was ever proven", async () => {
    stage.commit({ "landfall.yaml": manifest("fail") });
    assert.equal((await push()).outcome.outcome, "failed");
    const answer = await catchUp();
    assert.equal(answer.outcome.outcome, "unproven");
    assert.equal(answer.outcome.reasons[0]?.code, "nothing-proven");
    assert.deepEqual(frontend().log, []);
  });

  it("with nothing to do proves again, changes nothing, and leaves the ledger as it is", async () => {
    await push();
    const [log, count] = [[...frontend().log], await rollouts()];
    const answer = await catchUp();
    assert.equal(answer.outcome.outcome, "proven", JSON.stringify(answer.outcome));
    assert.ok(answer.evidence.length > 0);
    assert.deepEqual(frontend().log, log);
    assert.equal(await rollouts(), count);
  });

  it("that finds drift where the ledger knows of none mends and records it", async () => {
    await push();
    const count = await rollouts();
    frontend().running = { commit: "0".repeat(40), digest: "sha256:other" };
    const answer = await catchUp();
    assert.equal(answer.outcome.outcome, "proven", JSON.stringify(answer.outcome));
    assert.equal(frontend().running?.commit, stage.git("rev-parse", "HEAD"));
    assert.equal(await rollouts(), count + 1);
  });

  it("leaves a unit alone that is behind by documentation only", async () => {
    await push();
    frontend().power = "off";
    stage.commit({ "docs/readme.md": "words" });
    await push();
    frontend().power = "on";
    const log = [...frontend().log];
    const answer = await catchUp();
    assert.equal(answer.outcome.outcome, "proven", JSON.stringify(answer.outcome));
    assert.deepEqual(frontend().log, log);
    assert.deepEqual((await state())?.debts, []);
  });

  it("keeps what runs when the remote is gone, and says that it is unproven", async () => {
    await push();
    const log = [...frontend().log];
    execFileSync("git", ["remote", "set-url", "origin", join(clone, "gone")], { cwd: clone });
    const answer = await catchUp();
    assert.equal(answer.outcome.outcome, "unproven");
    assert.equal(answer.outcome.reasons[0]?.code, "remote-unreachable");
    assert.deepEqual(frontend().log, log);
  });

  it("works under the target's own lock when the ledger can only be read; a proof from elsewhere pays the debt", async () => {
    frontend().power = "off";
    await push();
    frontend().power = "on";
    const count = await rollouts();
    const answer = await catchUp({ ...here, openLedger: async () => readOnly(await openGitLedger(stage.directory)) });
    assert.equal(answer.outcome.outcome, "proven", JSON.stringify(answer.outcome));
    assert.equal(frontend().running?.commit, stage.git("rev-parse", "HEAD"));
    assert.equal(await rollouts(), count);
    assert.equal((await state())?.debts.length, 1);
    await status({ environment: "uat", live: true }, stage.world);
    assert.deepEqual((await state())?.debts, []);
  });

  it("leaves no refusal in its clone each time that a key may only read: what nobody can send would grow for ever", async () => {
    const hub = join(stage.directory, ".git", "hub.git");
    stage.git("clone", "--quiet", "--bare", ".", hub);
    stage.git("remote", "add", "origin", hub);
    execFileSync("git", ["-C", clone, "remote", "set-url", "origin", hub]);
    frontend().power = "off";
    assert.equal((await push()).outcome.outcome, "proven");
    frontend().power = "on";
    writeFileSync(join(hub, "hooks", "pre-receive"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const world = { ...here, openLedger: () => openGitLedger(clone) };
    const head = (directory: string) =>
      execFileSync("git", ["-C", directory, "rev-parse", "refs/landfall/ledger/uat"], { encoding: "utf8" });
    for (const _ of [1, 2]) {
      const answer = await catchUp(world);
      assert.equal(answer.outcome.outcome, "proven", JSON.stringify(answer.outcome));
      assert.equal(head(clone), head(hub));
    }
  });

  it("waits for whoever works on the environment, and is blocked when that takes too long", async () => {
    await push();
    const ledger = await openGitLedger(stage.directory);
    const { owner, signal } = stage.world;
    const lease = await ledger.lock("uat", { owner, signal, rollout: "01ARZ3NDEKTSV4RRFFQ69G5FAV", waitSeconds: 0 });
    const answer = await catchUp();
    await lease.release();
    assert.equal(answer.outcome.outcome, "blocked");
    assert.equal(answer.outcome.reasons[0]?.code, "lock-held");
  });

  it("needs no variable that only another target uses, and names its own that is missing", async () => {
    const text = (name: string) => manifest().replace(`host: "${name}"`, `host: "\${env.WHERE}"`);
    stage.commit({ "landfall.yaml": text("scheduler") });
    stage.world.env = { WHERE: "scheduler" };
    await push();
    here.env = {};
    assert.equal((await catchUp()).outcome.outcome, "proven");
    stage.world.env = { WHERE: "here" };
    stage.commit({ "landfall.yaml": manifest().replace(":-here", "").replace("env.PLACE", "env.WHERE") });
    await push();
    const answer = await catchUp();
    assert.equal(answer.findings[0]?.code, "missing-variable", JSON.stringify(answer.findings));
  });

  it("tells of one that failed once, and not again each time that it is tried", async () => {
    const told: string[] = [];
    const receiver = createServer((_, answer) => {
      told.push("told");
      answer.end("ok");
    }).listen(0, "127.0.0.1");
    await once(receiver, "listening");
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    const notify = `    notify:\n      - webhook: { url: "${url}", on: [failed, proven] }\n    targets:`;
    stage.commit({ "landfall.yaml": manifest().replace("    targets:", notify) });
    frontend().power = "off";
    await push();
    told.length = 0;
    frontend().power = "on";
    frontend().stuck = true;
    frontend().running = { commit: "0".repeat(40), digest: "sha256:old" };
    assert.equal((await catchUp()).outcome.outcome, "failed");
    assert.equal((await catchUp()).outcome.outcome, "failed");
    assert.equal(told.length, 1);
    frontend().stuck = false;
    assert.equal((await catchUp()).outcome.outcome, "proven");
    assert.equal((await catchUp()).outcome.outcome, "proven");
    receiver.close();
    assert.equal(told.length, 2);
  });
});

/** A ledger as a read-only key gives it. */
function readOnly(ledger: Ledger): Ledger {
  const refuse = () => Promise.reject(userError("blocked", "ledger-read-only", "the ledger cannot be written"));
  return { ...ledger, lock: refuse, record: refuse, keep: refuse };
}
