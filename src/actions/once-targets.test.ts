import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { deployRequest, type Stage, setStage } from "../../test/helpers/stage.ts";
import { emptyState } from "../ledger/fold.ts";
import type { ResolvedPlace } from "../model/place.ts";
import type { SurveyedPlace } from "../providers/surveyed.ts";
import { deploy } from "./deploy.ts";
import { onceTargets } from "./once-targets.ts";

describe("a step that must run once", () => {
  const manifest = `application: app
components:
  web:
    type: fake
    source: [src]
    steps: { migrate: { run: work, once: revision } }
environments:
  uat:
    branch: main
    targets:
      m1: { host: m1, presence: on-demand }
      m2: { host: m2 }
      m3: { host: m3 }
`;
  let stage: Stage;
  beforeEach(() => {
    stage = setStage(manifest);
  });
  afterEach(() => stage.remove());
  const run = async () => (await deploy(deployRequest(), stage.world)).outcome.outcome;
  const migrations = () =>
    ["m1", "m2", "m3"].map((name) => stage.machines.at(name).log.filter((step) => step === "migrate").length);

  it("runs on another target while its own is off, and not a second time when that one is back", async () => {
    stage.machines.at("m1").power = "off";
    assert.equal(await run(), "proven");
    assert.deepEqual(migrations(), [0, 1, 0], "the new code went live without it");
    stage.machines.at("m1").power = "on";
    assert.equal(await run(), "proven");
    assert.deepEqual(migrations(), [0, 1, 0]);
    assert.ok(stage.machines.at("m1").running, "the target that was off has caught up");
  });

  it("runs on the target that the order gives while that one is on", async () => {
    assert.equal(await run(), "proven");
    assert.deepEqual(migrations(), [1, 0, 0]);
  });
});

describe("a step that must run once, and that no target which is on may run", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const at = (target: string, more: Partial<ResolvedPlace>, off = false) =>
    ({
      place: { component: "web", target, presence: "on-demand", runsOnce: false, onceSteps: [], ...more },
      survey: off ? { state: "unreachable", finding: { code: "host-off" } } : { state: "read" },
    }) as unknown as SurveyedPlace;
  const off = at("m1", { runsOnce: true, onceSteps: ["migrate", "seed"] }, true);
  const found = (others: SurveyedPlace[], done: string[] = []) => {
    const state = emptyState("L", "app", "uat");
    const entry = { digest, target: "m1", rollout: "R", token: 1, startedAt: "x", result: "done" as const };
    state.once = { web: Object.fromEntries(done.map((step) => [step, [entry]])) };
    return onceTargets([off, ...others], state, { web: digest }).findings;
  };

  it("refuses the rollout, and says which target to power on", () => {
    const [finding, ...more] = found([at("m2", { onceSteps: ["migrate"] })], ["migrate"]);
    assert.deepEqual(more, []);
    assert.equal(finding?.code, "once-target-off");
    assert.match(finding?.message ?? "", /^seed must run once .* on m1, which is off/);
  });

  it("refuses nothing when the ledger knows it as done for this source, or when nothing at all is on", () => {
    assert.deepEqual(found([at("m2", {})], ["migrate", "seed"]), []);
    assert.deepEqual(found([]), []);
  });

  it("lets the first that is on and may run all of them stand in", () => {
    const both = at("m3", { onceSteps: ["migrate", "seed"] });
    const { here, findings } = onceTargets(
      [off, at("m2", { onceSteps: ["seed"] }), both],
      emptyState("L", "app", "uat"),
      {},
    );
    assert.deepEqual(findings, []);
    assert.deepEqual(
      [off, both].map(({ place }) => here(place)),
      [false, true],
    );
  });
});
