import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { deployRequest, type Stage, setStage } from "../../test/helpers/stage.ts";
import { deploy } from "./deploy.ts";
import { showRollout } from "./history.ts";
import { plan } from "./plan.ts";
import { prove } from "./prove.ts";
import { rollback } from "./rollback.ts";

describe("rollback, prove and plan", () => {
  let stage: Stage;
  const commits: string[] = [];
  beforeEach(async () => {
    stage = setStage();
    commits.length = 0;
    for (const text of ["a", "b", "c"]) {
      commits.push(stage.commit({ "src/app.txt": text }));
      await deploy(deployRequest(), stage.world);
    }
  });
  afterEach(() => stage.remove());
  const back = (to?: string) =>
    rollback({ environment: "uat", waitSeconds: 0, ...(to === undefined ? {} : { to }) }, stage.world);
  const runs = () => commits.indexOf(stage.machines.at("m1").running?.commit ?? "");

  it("returns to the revision before, then to the one before that, never to what was rolled back from", async () => {
    assert.equal((await back()).outcome.outcome, "proven");
    assert.equal(runs(), 1);
    assert.equal((await back()).outcome.outcome, "proven");
    assert.equal(runs(), 0);
    const none = await back();
    assert.equal(none.outcome.outcome, "blocked");
    assert.equal(none.outcome.reasons[0]?.code, "nothing-to-roll-back-to");
  });

  it("to a revision that was never proven here fails clearly, is recorded, and changes nothing", async () => {
    const answer = await back("0123456");
    assert.equal(answer.outcome.outcome, "blocked");
    assert.equal(answer.outcome.reasons[0]?.code, "no-such-revision");
    assert.equal(runs(), 2);
    assert.equal((await showRollout({ environment: "uat", id: answer.id }, stage.world)).outcome.outcome, "blocked");
  });

  it("that was cancelled is tried again, and is not a new starting point", async () => {
    const cancel = new AbortController();
    const emit = stage.world.emit;
    stage.world = {
      ...stage.world,
      signal: cancel.signal,
      emit: (event) => {
        emit(event);
        if (event.event === "step-started" && event.name === "restart") cancel.abort();
      },
    };
    assert.equal((await back()).outcome.outcome, "cancelled");
    stage.world = { ...stage.world, signal: new AbortController().signal, emit };
    assert.equal((await back()).outcome.outcome, "proven");
    assert.equal(runs(), 1);
  });

  it("passes over revisions with the same source: going back to them would change nothing", async () => {
    stage.commit({ "docs/a.md": "words" });
    await deploy(deployRequest(), stage.world);
    assert.equal((await back()).outcome.outcome, "proven");
    assert.equal(runs(), 1);
  });

  it("after a deploy that failed before it touched what runs, the old revision is still what should run", async () => {
    const manifest = stage.git("show", "HEAD:landfall.yaml").replace("run: work", "run: fail");
    stage.commit({ "landfall.yaml": `${manifest}\n`, "src/app.txt": "d" });
    assert.equal((await deploy(deployRequest(), stage.world)).outcome.outcome, "failed");
    const answer = await prove({ environment: "uat", components: [] }, stage.world);
    assert.equal(answer.outcome.outcome, "proven");
    assert.equal(answer.revision?.commit, commits[2]);
  });

  it("a proof while a rollout is under way is refused, and leaves no verdict", async () => {
    const before = stage.git("show", "refs/landfall/ledger/uat:state.json");
    const ledger = await stage.world.openLedger(stage.directory);
    const owner = stage.world.owner;
    const lease = await ledger.lock("uat", {
      owner,
      rollout: "01M7XNTTNV54C6HVJ8J7X4ZWTX",
      waitSeconds: 0,
      signal: stage.world.signal,
    });
    const answer = await prove({ environment: "uat", components: [] }, stage.world);
    assert.equal(answer.outcome.outcome, "blocked");
    assert.equal(answer.outcome.reasons[0]?.code, "lock-held");
    assert.equal(stage.git("show", "refs/landfall/ledger/uat:state.json"), before);
    await lease.release();
  });

  it("finds a proven commit after its branch was thrown away and git cleaned up", async () => {
    stage.git("reset", "--quiet", "--hard", commits[0] ?? "");
    stage.git("reflog", "expire", "--expire=now", "--all");
    stage.git("gc", "--quiet", "--prune=now");
    const answer = await back(commits[1]);
    assert.equal(answer.outcome.outcome, "proven", JSON.stringify(answer.outcome));
    assert.deepEqual(
      answer.findings.filter(({ code }) => code === "wrong-branch").map(({ level }) => level),
      ["warning"],
    );
  });

  it("from a failed deploy returns to what was proven before it", async () => {
    stage.machines.at("m1").stuck = true;
    stage.commit({ "src/app.txt": "bad" });
    assert.equal((await deploy(deployRequest(), stage.world)).outcome.outcome, "failed");
    stage.machines.at("m1").stuck = false;
    assert.equal((await back()).outcome.outcome, "proven");
    assert.equal(runs(), 2);
  });

  it("from a deploy whose commands failed before it took over returns to what should still run, and not past it", async () => {
    const manifest = stage.git("show", "HEAD:landfall.yaml").replace("run: work", "run: fail");
    stage.commit({ "landfall.yaml": manifest, "src/app.txt": "d" });
    assert.equal((await deploy(deployRequest(), stage.world)).outcome.outcome, "failed");
    assert.equal((await back()).outcome.outcome, "proven");
    assert.equal(runs(), 2);
    assert.equal((await back()).outcome.outcome, "proven");
    assert.equal(runs(), 1, "from there the next one goes on");
  });

  it("prove refutes a unit that changed behind our back, and touches nothing", async () => {
    const machine = stage.machines.at("m1");
    machine.running = { commit: commits[0] ?? "", digest: "sha256:x" };
    const log = [...machine.log];
    const answer = await prove({ environment: "uat", components: [] }, stage.world);
    assert.equal(answer.outcome.outcome, "failed");
    assert.deepEqual(machine.log, log);
    machine.power = "off";
    assert.equal((await prove({ environment: "uat", components: [] }, stage.world)).outcome.outcome, "unproven");
  });

  it("plan says what would be done, and writes nothing: not on the target, not in the ledger", async () => {
    const head = stage.git("rev-parse", "refs/landfall/ledger/uat");
    const log = [...stage.machines.at("m1").log];
    stage.commit({ "src/app.txt": "d" });
    const answer = await plan(deployRequest(), stage.world);
    assert.ok((answer.plan.targets[0]?.steps.length ?? 0) > 0);
    assert.equal(stage.git("rev-parse", "refs/landfall/ledger/uat"), head);
    assert.deepEqual(stage.machines.at("m1").log, log);
  });

  it("plan says of a busy target and of a held lock that a deploy waits, and refuses neither", async () => {
    stage.commit({ "src/app.txt": "d" });
    stage.machines.at("m1").busy = "step test of rollout R";
    const ledger = await stage.world.openLedger(stage.directory);
    const taken = { owner: stage.world.owner, rollout: "01M7XNTTNV54C6HVJ8J7X4ZWTX", waitSeconds: 0 };
    const lease = await ledger.lock("uat", { ...taken, signal: stage.world.signal });
    const { findings } = await plan(deployRequest(), stage.world);
    await lease.release();
    const told = findings.map(({ code, level, message }) => [code, level, /a deploy would wait for it$/.test(message)]);
    assert.deepEqual(told, [
      ["lock-held", "warning", true],
      ["target-busy", "warning", true],
    ]);
  });
});

describe("a deploy of an older commit", () => {
  let stage: Stage;
  beforeEach(() => {
    stage = setStage();
  });
  afterEach(() => stage.remove());
  const warned = async (ref?: string) => {
    const request = { ...deployRequest(), ref };
    const both = [(await plan(request, stage.world)).findings, (await deploy(request, stage.world)).findings];
    return both.map((findings) => findings.filter(({ code }) => code === "older-revision").map(({ level }) => level));
  };

  it("warns, before anything is changed, that what came since is taken away", async () => {
    const first = stage.git("rev-parse", "HEAD");
    assert.deepEqual(await warned(), [[], []], "the first one");
    assert.deepEqual(await warned(), [[], []], "the same again");
    stage.commit({ "src/app.txt": "two" });
    assert.deepEqual(await warned(), [[], []], "a newer one");
    assert.deepEqual(await warned(first), [["warning"], ["warning"]]);
  });

  it("warns where this clone lacks the commit that should run", async () => {
    const first = stage.git("rev-parse", "HEAD");
    stage.commit({ "src/app.txt": "of somebody else" });
    await deploy(deployRequest(), stage.world);
    stage.git("reset", "--quiet", "--hard", first);
    const ledger = await stage.world.openLedger(stage.directory);
    for (const ref of stage.git("for-each-ref", "--format=%(refname)", "refs/landfall/keep").split("\n"))
      stage.git("update-ref", "-d", ref);
    stage.git("reflog", "expire", "--expire=now", "--all");
    stage.git("gc", "--quiet", "--prune=now");
    assert.ok(await ledger.state("uat"));
    const { findings } = await plan(deployRequest(), stage.world);
    const [found] = findings.filter(({ code }) => code === "older-revision");
    assert.match(found?.message ?? "", /this clone does not have/);
  });
});

describe("a person's word on a step", () => {
  it("is refused where no step of that name must run once", async () => {
    const stage = setStage();
    const answers = { nosuch: "rerun" as const };
    const answer = await deploy({ ...deployRequest(), answers, reason: "x" }, stage.world);
    assert.equal(answer.invalid, true);
    assert.match(answer.outcome.reasons[0]?.message ?? "", /no step nosuch of uat.*migrate/);
    stage.remove();
  });
});
