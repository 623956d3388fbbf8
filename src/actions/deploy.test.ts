import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { deployRequest, type Stage, setStage } from "../../test/helpers/stage.ts";
import type { Progress } from "../model/progress.ts";
import type { Provider } from "../providers/provider.ts";
import { deploy } from "./deploy.ts";
import { showRollout } from "./history.ts";
import { prove } from "./prove.ts";
import { rollback } from "./rollback.ts";
import { status } from "./status.ts";

describe("a deploy", () => {
  let stage: Stage;
  beforeEach(() => {
    stage = setStage();
  });
  afterEach(() => stage.remove());
  const run = (more = {}) => deploy(deployRequest(more), stage.world);
  const machine = () => stage.machines.at("m1");

  it("ends proven, and the ledger, the status and the answer tell the same", async () => {
    const answer = await run();
    assert.equal(answer.outcome.outcome, "proven", JSON.stringify(answer.outcome));
    const recorded = await showRollout({ environment: "uat", id: answer.id }, stage.world);
    assert.deepEqual(recorded.outcome, answer.outcome);
    const state = JSON.parse(stage.git("show", "refs/landfall/ledger/uat:state.json"));
    assert.equal(state.proven.web.m1.commit, stage.git("rev-parse", "HEAD"));
    const shown = await status({ live: false }, stage.world);
    assert.equal(shown.environments[0]?.rows[0]?.verdict, "proven");
    assert.equal(shown.environments[0]?.rows[0]?.commit, stage.git("rev-parse", "HEAD"));
  });

  it("touches nothing when nothing changed, says so, and proves again", async () => {
    await run();
    const log = [...machine().log];
    const answer = await run();
    assert.equal(answer.outcome.outcome, "proven");
    assert.deepEqual(answer.steps, []);
    assert.match(answer.plan?.targets[0]?.reason ?? "", /already runs/);
    assert.ok(answer.evidence.length > 0);
    assert.deepEqual(machine().log, log);
  });

  it("leaves a unit alone when only documentation changed, and takes its older commit for right", async () => {
    await run();
    const older = machine().running?.commit;
    stage.commit({ "docs/readme.md": "new words" });
    const answer = await run();
    assert.equal(answer.outcome.outcome, "proven", JSON.stringify(answer.outcome));
    assert.deepEqual(answer.steps, []);
    assert.equal(machine().running?.commit, older);
  });

  it("shows what a proof waits for, and does not record it", async () => {
    const shown: Progress[] = [];
    const providers = stage.world.providers.map(
      (provider): Provider => ({
        ...provider,
        prove: async (place, wanted, artifact, changed, context) => {
          context.onWait?.("version: nothing answers yet");
          return await provider.prove(place, wanted, artifact, changed, context);
        },
      }),
    );
    const world = { ...stage.world, providers, emit: (event: Progress) => void shown.push(event) };
    const answer = await deploy(deployRequest(), world);
    const told = shown.filter(({ event }) => event === "awaiting");
    assert.equal(told.length, answer.plan?.targets.length);
    assert.ok(told.every((event) => "message" in event && event.message === "version: nothing answers yet"));
    const { events } = await showRollout({ environment: "uat", id: answer.id }, stage.world);
    assert.ok(!JSON.stringify(events).includes("nothing answers yet"));
  });

  it("is failed when the unit keeps running the old release, whatever the steps said", async () => {
    await run();
    machine().stuck = true;
    stage.commit({ "src/app.txt": "two" });
    const answer = await run();
    assert.equal(answer.outcome.outcome, "failed");
    assert.equal(answer.outcome.reasons[0]?.code, "stale-process");
    assert.ok(answer.steps.every((step) => step.result === "done"));
  });

  it("is unproven when the unit does not say what it runs", async () => {
    machine().says = "unknown";
    const answer = await run();
    assert.equal(answer.outcome.outcome, "unproven");
    assert.equal(answer.outcome.reasons[0]?.code, "version-unknown");
  });

  it("is blocked, with nothing changed, by a dirty tree, by a wrong branch, by a machine that is off: all said at once", async () => {
    stage.git("switch", "--quiet", "-c", "feature");
    stage.commit({ "src/app.txt": "two" });
    stage.write({ "src/app.txt": "three" });
    machine().power = "off";
    const answer = await run();
    assert.equal(answer.outcome.outcome, "blocked");
    assert.deepEqual(answer.findings.map((finding) => finding.code).sort(), ["dirty-tree", "host-off", "wrong-branch"]);
    assert.deepEqual(machine().log, []);
    const recorded = await showRollout({ environment: "uat", id: answer.id }, stage.world);
    assert.equal(recorded.outcome.outcome, "blocked");
  });

  it("takes an untracked file of the source for a change, and one elsewhere not", async () => {
    stage.write({ "notes.txt": "mine" });
    assert.equal((await run()).outcome.outcome, "proven");
    stage.write({ "src/new.txt": "not committed" });
    const answer = await run();
    assert.equal(answer.findings[0]?.code, "dirty-tree");
    assert.equal((await run({ ref: "HEAD" })).outcome.outcome, "proven");
  });

  it("records an invalid manifest as a refusal", async () => {
    stage.write({
      "landfall.yaml":
        "application: app\ncomponents: { web: { type: fake, sauce: [x] } }\nenvironments: { uat: { branch: main, targets: { m1: { host: m1 } } } }\n",
    });
    const answer = await run();
    assert.ok(answer.invalid);
    assert.equal(answer.outcome.outcome, "blocked");
    assert.equal(answer.findings[0]?.code, "unknown-key");
    const recorded = await showRollout({ environment: "uat", id: answer.id }, stage.world);
    assert.equal(recorded.outcome.outcome, "blocked");
  });

  it("says that a proof was cut off when Ctrl-C came while it was read", async () => {
    const providers = stage.world.providers.map(
      (provider): Provider => ({
        ...provider,
        prove: async (place) => {
          stage.cancel.abort();
          const { component, target } = place;
          const claim = { component, target, claim: "stable", expected: "", readings: [] };
          return [{ ...claim, verdict: "unknown", code: "no-evidence", reason: "cancelled while it settled" }];
        },
      }),
    );
    const { outcome } = await deploy(deployRequest(), { ...stage.world, providers });
    assert.equal(outcome.outcome, "cancelled");
    assert.match(outcome.reasons[0]?.message ?? "", /^the proof was cut off/);
  });

  it("starts no step after the first Ctrl-C, records cancelled, and gives the lock back", async () => {
    const emit = stage.world.emit;
    stage.world.emit = (event) => {
      emit(event);
      if (event.event === "step-ended") stage.cancel.abort();
    };
    const answer = await run();
    assert.equal(answer.outcome.outcome, "cancelled", JSON.stringify(answer.outcome));
    assert.match(answer.outcome.reasons[0]?.message ?? "", /^the step under way was finished/);
    assert.equal(answer.steps[0]?.result, "done");
    assert.equal(answer.steps[1]?.result, "not-reached");
    const again = setStageAgain(stage);
    assert.equal((await deploy(deployRequest(), again)).outcome.outcome, "proven");
  });

  it("goes on after a crash: it says which rollout it takes over, and what must run once runs once", async () => {
    const emit = stage.world.emit;
    stage.world.emit = (event) => {
      emit(event);
      if (event.event === "step-ended" && event.step.name === "migrate") throw new Error("power cut");
    };
    await assert.rejects(run());
    stage.world.emit = emit;
    const answer = await run();
    assert.equal(answer.outcome.outcome, "proven");
    assert.equal(machine().log.filter((step) => step === "migrate").length, 1);
  });

  it("asks when nobody knows how a step that must run once ended, and goes on from the answer", async () => {
    const once = "migrate: { run: work, once: revision }";
    const text = (run: string) =>
      stage.git("show", "HEAD:landfall.yaml").replace(once, `migrate: { run: ${run}, once: revision }`);
    stage.commit({ "landfall.yaml": `${text("lose")}\n` });
    assert.equal((await run()).outcome.outcome, "failed");
    const asked = await run();
    assert.equal(asked.outcome.outcome, "blocked");
    assert.equal(asked.findings[0]?.code, "once-unknown");
    assert.equal((await run({ answers: { migrate: "done" } })).invalid, true, "an answer without a reason");
    const answered = await run({ answers: { migrate: "done" }, reason: "I looked" });
    assert.equal(answered.outcome.outcome, "proven", JSON.stringify(answered.outcome));
    assert.deepEqual(
      machine().log.filter((step) => step === "migrate"),
      [],
    );
    assert.equal((await run()).outcome.outcome, "proven");
  });

  it("asks the pending check of a step that was cut off: unknown stays a question, nothing pending counts as done", async () => {
    const original = stage.git("show", "HEAD:landfall.yaml");
    const written = (run: string, pending: string) =>
      stage.commit({
        "landfall.yaml": `${original.replace("run: work, once: revision", `run: ${run}, once: revision, pending: ${pending}`)}\n`,
      });
    written("lose", "some");
    assert.equal((await run()).outcome.outcome, "failed");
    written("work", "no-database");
    const unknown = await run();
    assert.equal(unknown.outcome.outcome, "failed");
    assert.equal(unknown.outcome.reasons[0]?.code, "once-unknown");
    written("work", "none");
    const settled = await run();
    assert.equal(settled.outcome.outcome, "proven", JSON.stringify(settled.outcome));
    assert.match(JSON.stringify(settled.steps), /"migrate".*"unchanged"/);
    assert.ok(!machine().log.includes("migrate"));
    const state = JSON.parse(stage.git("show", "refs/landfall/ledger/uat:state.json"));
    assert.match(JSON.stringify(state.once.web.migrate), /"result":"done"/);
  });

  it("is refused at once by a lock whose commit is gone: it is damaged, not free", async () => {
    await run();
    stage.write({ ".git/refs/landfall/lock/uat": `${"1".repeat(40)}\n` });
    const answer = await run();
    assert.equal(answer.outcome.reasons[0]?.code, "ledger-damaged", JSON.stringify(answer.outcome));
    assert.notEqual(answer.outcome.outcome, "proven");
  });

  it("never prints or records the value of a variable", async () => {
    stage.commit({
      "landfall.yaml": stage.git("show", "HEAD:landfall.yaml").replace("host: m1", 'host: "${env.MACHINE}"'),
    });
    stage.world = { ...stage.world, env: { MACHINE: "very-secret-host" } };
    stage.machines.at("very-secret-host").says = "unknown";
    const answer = await run();
    const record = stage.git("log", "-p", "refs/landfall/ledger/uat");
    assert.ok(!JSON.stringify([answer, stage.events]).includes("very-secret-host"));
    assert.ok(!record.includes("very-secret-host"));
    assert.match(JSON.stringify(answer), /\*\*\*/);
  });
});

describe("targets in order", () => {
  const manifest = `application: app
components: { web: { type: fake, source: [src] } }
environments:
  uat: { branch: main, targets: { m2: { host: m2, after: [m1] }, m1: { host: m1 } } }
`;

  it("a later target is not touched unless the earlier one is proven", async () => {
    const stage = setStage(manifest);
    stage.machines.at("m1").says = "unknown";
    const answer = await deploy(deployRequest(), stage.world);
    assert.equal(answer.outcome.outcome, "unproven", JSON.stringify(answer));
    assert.deepEqual(stage.machines.at("m2").log, []);
    assert.equal(answer.steps.find((step) => step.target === "m2")?.result, "not-reached");
    stage.machines.at("m1").says = undefined;
    const again = await deploy(deployRequest(), stage.world);
    assert.equal(again.outcome.outcome, "proven", JSON.stringify(again.outcome));
    stage.remove();
  });
});

describe("a deploy of some components", () => {
  const manifest = `application: app
components:
  api: { type: fake, source: [api] }
  web: { type: fake, source: [src] }
environments:
  uat: { branch: main, targets: { m1: { host: m1 } } }
`;
  // Two components need two machines in the fake: each gets its own target.
  const apart = manifest
    .replace("source: [api]", "source: [api], on: [m1]")
    .replace("source: [src]", "source: [src], on: [m2]")
    .replace("m1: { host: m1 } }", "m1: { host: m1 }, m2: { host: m2 } }");

  it("leaves the others at their own commit: for a proof, and for what a rollback returns to", async () => {
    const stage = setStage(apart);
    const first = stage.commit({ "api/a.txt": "good" });
    assert.equal((await deploy(deployRequest(), stage.world)).outcome.outcome, "proven");
    const second = stage.commit({ "api/a.txt": "BROKEN, and never deployed", "src/app.txt": "two" });
    assert.equal((await deploy(deployRequest({ components: ["web"] }), stage.world)).outcome.outcome, "proven");
    const proof = await prove({ environment: "uat", components: [] }, stage.world);
    assert.equal(proof.outcome.outcome, "proven", JSON.stringify(proof.outcome));
    stage.machines.at("m2").stuck = true;
    stage.commit({ "api/a.txt": "third", "src/app.txt": "three" });
    assert.equal((await deploy(deployRequest(), stage.world)).outcome.outcome, "failed");
    stage.machines.at("m2").stuck = false;
    const back = await rollback({ environment: "uat", waitSeconds: 0 }, stage.world);
    assert.equal(back.outcome.outcome, "proven", JSON.stringify(back.outcome));
    assert.equal(stage.machines.at("m1").running?.commit, first);
    assert.equal(stage.machines.at("m2").running?.commit, second);
    stage.remove();
  });
});

describe("a proof from a clone with another manifest", () => {
  it("judges nothing by it: what it was deployed with says what the source is", async () => {
    const stage = setStage();
    assert.equal((await deploy(deployRequest(), stage.world)).outcome.outcome, "proven");
    stage.write({ "landfall.yaml": stage.git("show", "HEAD:landfall.yaml").replace("[src]", "[landfall.yaml]") });
    const before = stage.git("show", "refs/landfall/ledger/uat:state.json");
    const answer = await prove({ environment: "uat", components: [] }, stage.world);
    assert.equal(answer.outcome.outcome, "unproven", JSON.stringify(answer.outcome));
    assert.deepEqual(
      answer.outcome.reasons.map(({ code }) => code),
      ["manifest-differs"],
    );
    const verdicts = (text: string) => JSON.parse(text).verdicts;
    assert.deepEqual(verdicts(stage.git("show", "refs/landfall/ledger/uat:state.json")), verdicts(before));
    stage.git("checkout", "--quiet", "landfall.yaml");
    assert.equal((await prove({ environment: "uat", components: [] }, stage.world)).outcome.outcome, "proven");
    stage.remove();
  });
});

describe("a target that is off by design", () => {
  const manifest = `application: app
components: { web: { type: fake, source: [src] } }
environments:
  uat:
    branch: main
    targets:
      m1: { host: m1 }
      m2: { host: m2, after: [m1], presence: on-demand }
`;
  let stage: Stage;
  beforeEach(() => {
    stage = setStage(manifest);
  });
  afterEach(() => stage.remove());
  const run = () => deploy(deployRequest(), stage.world);
  const state = () => JSON.parse(stage.git("show", "refs/landfall/ledger/uat:state.json"));

  it("is deferred with a debt when it is off, and the rollout is proven by the others", async () => {
    stage.machines.at("m2").power = "off";
    const answer = await run();
    assert.equal(answer.outcome.outcome, "proven", JSON.stringify(answer.outcome));
    assert.deepEqual(
      answer.deferred.map(({ target }) => target),
      ["m2"],
    );
    assert.equal(answer.findings[0]?.code, "target-deferred");
    const since = state().debts[0].since;
    stage.commit({ "src/app.txt": "two" });
    await run();
    assert.equal(state().debts.length, 1);
    assert.equal(state().debts[0].since, since, "a debt counts from the first rollout that was missed");
    assert.equal(state().debts[0].commit, stage.git("rev-parse", "HEAD"));
  });

  it("pays its debt with the next deploy that proves it", async () => {
    stage.machines.at("m2").power = "off";
    await run();
    stage.machines.at("m2").power = "on";
    assert.equal((await run()).outcome.outcome, "proven");
    assert.deepEqual(state().debts, []);
    assert.deepEqual(stage.machines.at("m1").log, ["lay", "restart"], "the other was touched again");
  });

  it("blocks when it hangs or refuses: that is not being off", async () => {
    for (const power of ["hangs", "refuses"] as const) {
      stage.machines.at("m2").power = power;
      assert.equal((await run()).outcome.outcome, "blocked", power);
    }
    stage.machines.at("m2").power = "on";
    stage.machines.at("m1").power = "off";
    assert.equal((await run()).outcome.outcome, "blocked", "a target that must be on");
  });

  it("proves nothing when every target is deferred", async () => {
    stage.commit({ "landfall.yaml": manifest.replace("m1: { host: m1 }", "m1: { host: m1, presence: on-demand }") });
    stage.machines.at("m1").power = "off";
    stage.machines.at("m2").power = "off";
    assert.equal((await run()).outcome.outcome, "unproven");
  });

  it("is not refuted by a proof while it is off", async () => {
    await run();
    stage.machines.at("m2").power = "off";
    const answer = await prove({ environment: "uat", components: [] }, stage.world);
    assert.equal(answer.outcome.outcome, "proven");
    assert.deepEqual(
      answer.deferred.map(({ target }) => target),
      ["m2"],
    );
  });
});

/** The same stage for another attempt, after the first was cancelled. */
function setStageAgain(stage: Stage): Stage["world"] {
  return { ...stage.world, signal: new AbortController().signal, emit: () => {} };
}
