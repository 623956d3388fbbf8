import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { deployRequest, type Stage, setStage } from "../../test/helpers/stage.ts";
import type { Hosts } from "../io/hosts.ts";
import { openGitLedger } from "../ledger/git-store.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { userError } from "../model/errors.ts";
import type { RolloutEvent } from "../model/rollout.ts";
import { deploy } from "./deploy.ts";
import { rollback } from "./rollback.ts";
import type { World } from "./world.ts";

/** Owner and rollout of somebody else who is at it. */
const other = { owner: { who: "eve", host: "elsewhere", boot: "b", pid: 1 }, rollout: "01K00000000000000000000000" };

describe("an attempt at a rollout", () => {
  let stage: Stage;
  beforeEach(() => {
    stage = setStage();
  });
  afterEach(() => stage.remove());

  for (const value of ["the commit", "web", "sha256", "proven"])
    it(`keeps its facts when a value that is to be masked is one of them: ${value}`, async () => {
      stage.write({
        "landfall.yaml": stage
          .git("show", "HEAD:landfall.yaml")
          .replace("branch: main", `branch: main\n    vars: { x: "\${env.X}" }`),
      });
      const commit = stage.commit({ "src/app.txt": "with a variable" });
      stage.world = { ...stage.world, env: { X: value === "the commit" ? commit : value } };
      assert.equal((await deploy(deployRequest(), stage.world)).outcome.outcome, "proven");
      const state = await (await openGitLedger(stage.directory)).state("uat");
      assert.equal(state?.intended?.commit, commit);
      assert.equal(state?.proven.web?.m1?.commit, commit);
      assert.equal(state?.verdicts.web?.m1?.verdict, "proven");
      assert.match(state?.intended?.components.web ?? "", /^sha256:[0-9a-f]{64}$/);
      stage.commit({ "src/app.txt": "two" });
      assert.equal((await deploy(deployRequest(), stage.world)).outcome.outcome, "proven");
      const back = await rollback({ environment: "uat", waitSeconds: 0 }, stage.world);
      assert.equal(back.outcome.outcome, "proven", JSON.stringify(back.outcome));
      assert.equal(back.revision?.commit, commit);
    });

  /** A ledger that stops taking events when a stage begins, for good or for that one event. */
  const failingAt = (stageName: string, once = false): World => {
    let failing = false;
    let over = false;
    const openLedger = async (repository: string): Promise<Ledger> => {
      const ledger = await openGitLedger(repository);
      const record: Ledger["record"] = async (...args) => {
        const recorder = await ledger.record(...args);
        const append = async (event: RolloutEvent) => {
          failing ||= !over && event.event === "stage" && event.stage === stageName;
          over ||= failing && once;
          const lost = failing;
          if (once) failing = false;
          if (lost) throw userError("blocked", "ledger-write-failed", "the disk is full");
          await recorder.append(event);
        };
        return { ...recorder, append };
      };
      return { ...ledger, record };
    };
    return { ...stage.world, openLedger };
  };

  for (const name of ["survey", "plan", "preflight", "build", "execute"])
    it(`changes nothing when what was told up to the stage ${name} could not be written`, async () => {
      const answer = await deploy(deployRequest(), failingAt(name));
      assert.notEqual(answer.outcome.outcome, "proven");
      assert.ok(answer.findings.some(({ code }) => code === "ledger-write-failed"));
      assert.deepEqual(stage.machines.at("m1").log, []);
      assert.deepEqual(answer.steps, []);
    });

  it("proves nothing when what was told of its proof could not be written, though nothing was to be done", async () => {
    await deploy(deployRequest(), stage.world);
    for (const name of ["plan", "prove", "judge"]) {
      const answer = await deploy(deployRequest(), failingAt(name));
      assert.notEqual(answer.outcome.outcome, "proven", name);
      assert.ok(
        answer.findings.some(({ code }) => code === "ledger-write-failed"),
        name,
      );
    }
  });

  it("records no proof when what it was judged by was lost, though the ledger takes the end", async () => {
    await deploy(deployRequest(), stage.world);
    for (const name of ["survey", "plan", "prove", "judge"]) {
      const answer = await deploy(deployRequest(), failingAt(name, true));
      assert.notEqual(answer.outcome.outcome, "proven", name);
      const state = await (await openGitLedger(stage.directory)).state("uat");
      assert.equal(state?.last?.id, answer.id, name);
      assert.equal(state?.last?.outcome, answer.outcome.outcome, name);
    }
  });

  it("keeps no way to the targets open while it waits for the lock, and goes it again afterwards", async () => {
    const log: string[] = [];
    const lease = await (await openGitLedger(stage.directory)).lock("uat", {
      ...other,
      waitSeconds: 0,
      signal: stage.world.signal,
    });
    const openHosts = (): Hosts => ({
      get: () => assert.fail("the fake provider needs no host"),
      close: async () => void log.push("close"),
    });
    const providers = stage.world.providers.map((provider) => ({ ...provider, approach: () => log.push("approach") }));
    const emit: World["emit"] = (event) => {
      if (event.event !== "waiting") return;
      log.push("waiting");
      void lease.release();
    };
    const answer = await deploy(deployRequest({ waitSeconds: 20 }), {
      ...stage.world,
      openHosts,
      providers: providers as unknown as World["providers"],
      emit,
    });
    assert.equal(answer.outcome.outcome, "proven", JSON.stringify(answer.outcome));
    assert.deepEqual(log, ["approach", "waiting", "close", "approach", "close"]);
  });
});
