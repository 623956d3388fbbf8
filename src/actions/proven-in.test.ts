import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { type ApprovalStage, setApprovalStage } from "../../test/helpers/approval-stage.ts";
import { deployRequest } from "../../test/helpers/stage.ts";
import { plan } from "./plan.ts";
import { rollback } from "./rollback.ts";

describe("an environment that takes what another one proved", () => {
  let stage: ApprovalStage;
  afterEach(() => stage.remove());
  const codes = (answer: { findings: { code: string }[] }) => answer.findings.map(({ code }) => code);

  it("refuses what was not deployed there, what failed there, and takes what was proven there", async () => {
    stage = setApprovalStage("{ provenIn: sandbox }");
    const early = await stage.to("production");
    assert.equal(early.outcome.outcome, "blocked");
    assert.deepEqual(codes(early), ["not-proven-there", "not-proven-there"]);
    stage.machines.at("s1").says = "unknown";
    assert.equal((await stage.to("sandbox")).outcome.outcome, "unproven");
    const unsure = await stage.to("production");
    assert.equal(unsure.outcome.outcome, "blocked");
    assert.match(unsure.outcome.reasons[0]?.message ?? "", /not proven in sandbox: s1 is unknown since/);
    const { findings } = await plan(deployRequest({ environment: "production" }), stage.world);
    assert.deepEqual(findings[0]?.code, "not-proven-there");
    assert.deepEqual(stage.touched(), []);
    stage.machines.at("s1").says = undefined;
    assert.equal((await stage.to("sandbox")).outcome.outcome, "proven");
    assert.equal((await stage.to("production")).outcome.outcome, "proven");
  });

  it("takes a commit whose sources are those that were proven there, though only its documentation is newer", async () => {
    stage = setApprovalStage("{ provenIn: sandbox }");
    await stage.to("sandbox");
    stage.publish({ "docs/readme.md": "new words" });
    assert.equal((await stage.to("production")).outcome.outcome, "proven");
  });

  it("takes it with a warning when a machine there was off, and refuses it once it was rolled back there", async () => {
    stage = setApprovalStage("{ provenIn: sandbox }");
    await stage.to("sandbox");
    assert.equal((await stage.to("production")).outcome.outcome, "proven");
    stage.publish({ "src/app.txt": "two" });
    stage.machines.at("s2").power = "off";
    assert.equal((await stage.to("sandbox")).outcome.outcome, "proven");
    const { findings } = await plan(deployRequest({ environment: "production" }), stage.world);
    assert.deepEqual(
      findings.map(({ code, level }) => [code, level]),
      [["proven-there-in-part", "warning"]],
    );
    stage.machines.at("s2").power = "on";
    assert.equal((await rollback({ environment: "sandbox", waitSeconds: 0 }, stage.world)).outcome.outcome, "proven");
    const late = await stage.to("production");
    assert.match(late.outcome.reasons[0]?.message ?? "", /rolled back from/);
    assert.equal(stage.touched().filter((step) => step === "p1: lay").length, 1);
  });
});
