import assert from "node:assert/strict";
import { chmodSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { deployRequest, type Stage, setStage } from "../../test/helpers/stage.ts";
import { openGitLedger } from "../ledger/git-store.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { deploy } from "./deploy.ts";
import { history } from "./history.ts";
import { lockHolder } from "./lock.ts";
import { plan } from "./plan.ts";
import { prove } from "./prove.ts";
import { status } from "./status.ts";
import type { World } from "./world.ts";

describe("a deploy whose ledger is shared", () => {
  let stage: Stage;
  let remote = "";
  beforeEach(() => {
    stage = setStage();
    remote = join(stage.directory, ".git", "remote.git");
    stage.git("init", "--quiet", "--bare", remote);
    stage.git("remote", "add", "origin", remote);
    stage.git("push", "--quiet", "origin", "main");
  });
  afterEach(() => stage.remove());
  const machine = () => stage.machines.at("m1");
  const there = (...args: string[]) => stage.git("-C", remote, ...args);
  const refusePushes = (script: string) => {
    mkdirSync(join(remote, "hooks"), { recursive: true });
    writeFileSync(join(remote, "hooks", "pre-receive"), `#!/bin/sh\n${script}\n`);
    chmodSync(join(remote, "hooks", "pre-receive"), 0o755);
  };

  it("is blocked and changes nothing when the remote is gone; the next one sends the refusal with its own record", async () => {
    renameSync(remote, `${remote}.away`);
    const blocked = await deploy(deployRequest(), stage.world);
    assert.equal(blocked.outcome.outcome, "blocked");
    assert.equal(blocked.findings[0]?.code, "ledger-unreachable");
    assert.deepEqual(machine().log, []);
    const { findings } = await plan(deployRequest(), stage.world);
    assert.ok(
      findings.some(({ code, level }) => code === "ledger-unreachable" && level === "block"),
      "a plan promises nothing that a deploy refuses",
    );
    const shown = await status({ live: false }, stage.world);
    assert.equal(shown.ledger?.problem?.code, "ledger-unreachable");
    renameSync(`${remote}.away`, remote);
    const answer = await deploy(deployRequest(), stage.world);
    assert.equal(answer.outcome.outcome, "proven", JSON.stringify(answer.findings));
    const ids = there("ls-tree", "-r", "--name-only", "refs/landfall/ledger/uat");
    assert.ok(ids.includes(blocked.id) && ids.includes(answer.id));
    assert.equal((await status({ live: false }, stage.world)).ledger?.problem, undefined);
  });

  it("is blocked and changes nothing when the remote may only be read", async () => {
    refusePushes("exit 1");
    const answer = await deploy(deployRequest(), stage.world);
    assert.equal(answer.outcome.outcome, "blocked");
    assert.equal(answer.findings[0]?.code, "ledger-read-only");
    assert.deepEqual(machine().log, []);
    assert.equal(
      (await history({ environment: "uat", limit: 5 }, stage.world)).rollouts[0]?.outcome.outcome,
      "blocked",
    );
  });

  for (const event of ["execute", "prove"])
    it(`does not end proven when its lock was broken a moment ago, in the stage ${event}`, async () => {
      await deploy(deployRequest(), stage.world);
      stage.commit({ "src/app.txt": "two" });
      stage.git("push", "--quiet", "origin", "main");
      const runs = () => machine().log.filter((step) => step === "restart").length;
      const before = runs();
      let broken: Promise<unknown> = Promise.resolve();
      const emit: World["emit"] = (told) => {
        stage.world.emit(told);
        if (told.event === "stage" && told.stage === event)
          broken = openGitLedger(stage.directory).then((ledger) => ledger.unlock("uat", stage.world.owner, "it hangs"));
      };
      const openLedger: World["openLedger"] = async (repository) => {
        const ledger = await stage.world.openLedger(repository);
        const lock: Ledger["lock"] = async (...args) => {
          const lease = await ledger.lock(...args);
          return { ...lease, check: (how) => broken.then(() => lease.check(how)) };
        };
        return { ...ledger, lock };
      };
      const answer = await deploy(deployRequest(), { ...stage.world, emit, openLedger });
      assert.equal(answer.outcome.outcome, "unproven", JSON.stringify(answer.outcome));
      assert.match(JSON.stringify(answer.outcome.reasons), /lock of uat was lost/);
      assert.equal(runs() - before, event === "prove" ? 1 : 0, "what runs was touched");
    });

  it("is seen from another clone, lock and proven commit included, and keeps the commit at the remote", async () => {
    const answer = await deploy(deployRequest(), stage.world);
    const clone = join(stage.directory, ".git", "clone");
    stage.git("clone", "--quiet", remote, clone);
    const elsewhere = { ...stage.world, directory: clone };
    const seen = await history({ environment: "uat", limit: 5 }, elsewhere);
    assert.deepEqual(seen.rollouts[0]?.outcome, answer.outcome);
    assert.equal((await lockHolder({ environment: "uat" }, elsewhere)).holder, null);
    assert.match(there("for-each-ref", "refs/landfall/keep/"), new RegExp(`keep/${stage.git("rev-parse", "HEAD")}`));
    const lease = await (await openGitLedger(clone)).lock("uat", {
      owner: { ...stage.world.owner, who: "ben" },
      rollout: "of-ben",
      waitSeconds: 0,
      signal: new AbortController().signal,
    });
    const second = await deploy(deployRequest(), stage.world);
    assert.equal(second.outcome.outcome, "blocked");
    assert.match(second.outcome.reasons[0]?.message ?? "", /held by ben/);
    await lease.release();
  });

  it("is proven with a warning when only its last words could not be sent", async () => {
    // The lock, the record's beginning and the kept commit pass; the record's end and the release do not.
    refusePushes(
      'while read old new ref; do case "$ref" in refs/landfall/keep/*) touch closed ;; esac; done; [ ! -e passed ] || exit 1; [ ! -e closed ] || touch passed',
    );
    const answer = await deploy(deployRequest(), stage.world);
    assert.equal(answer.outcome.outcome, "proven");
    const warning = answer.findings.find(({ code }) => code === "ledger-read-only");
    assert.equal(warning?.level, "warning");
    assert.match(warning?.message ?? "", /the next run sends it/);
    refusePushes("exit 0");
    await deploy(deployRequest(), stage.world);
    assert.ok(there("show", "refs/landfall/ledger/uat:state.json").includes(answer.id));
  });

  it("is proven again only by what the remote says should run, not by what this clone knew", async () => {
    const first = stage.git("rev-parse", "HEAD");
    await deploy(deployRequest(), stage.world);
    const before = machine().running;
    const clone = join(stage.directory, ".git", "clone");
    stage.git("clone", "--quiet", "--branch=main", remote, clone);
    writeFileSync(join(clone, "src/app.txt"), "two");
    stage.git("-C", clone, "commit", "--quiet", "--all", "-m", "two");
    assert.equal((await deploy(deployRequest(), { ...stage.world, directory: clone })).outcome.outcome, "proven");
    // By hand, so that what this clone knew and what runs agree.
    machine().running = before;
    renameSync(remote, `${remote}.away`);
    const again = async (ref?: string) => {
      const { outcome } = await prove({ environment: "uat", components: [], ref }, stage.world);
      return [outcome.outcome, outcome.reasons[0]?.code];
    };
    assert.deepEqual(await again(), ["unproven", "ledger-unreachable"]);
    assert.deepEqual(await again(first), ["proven", undefined], "who names the commit knows what is asked");
    renameSync(`${remote}.away`, remote);
    stage.git("fetch", "--quiet", clone, "main");
    assert.equal((await again())[0], "failed");
  });
});
