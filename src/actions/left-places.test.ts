import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { deployRequest, type Stage, setStage } from "../../test/helpers/stage.ts";
import { deploy } from "./deploy.ts";
import { plan } from "./plan.ts";
import { status } from "./status.ts";

const manifest = (targets: string, run = "work", more = "") => `application: app
components:
  web: { type: fake, source: [src], steps: { build: { run: ${run} } } }
${more}environments:
  uat:
    branch: main
    targets: { ${targets} }
`;
const two = "m1: { host: m1 }, m2: { host: m2, presence: on-demand }";
const renamed = "m1: { host: m1 }, m3: { host: m2, presence: on-demand }";

describe("a place that left the manifest", () => {
  let stage: Stage;
  beforeEach(() => {
    stage = setStage(manifest(two));
  });
  afterEach(() => stage.remove());
  const told = (findings: readonly { code: string; level: string; target?: string | undefined }[]) =>
    findings.flatMap(({ code, level, target }) => (code === "left-the-manifest" ? [`${level} ${target}`] : []));
  const shown = async () => {
    const { environments } = await status({ environment: "uat", live: false }, stage.world);
    const [uat] = environments;
    return { rows: uat?.rows.map(({ target }) => target), debts: uat?.state?.debts.map(({ target }) => target) };
  };
  const deployed = async (expected: string, more = {}) => {
    const answer = await deploy(deployRequest(more), stage.world);
    assert.equal(answer.outcome.outcome, expected, JSON.stringify(answer.outcome));
    return told(answer.findings);
  };

  it("is told of until a deploy of the whole is proven, and is then let go of", async () => {
    assert.deepEqual(await deployed("proven"), []);
    stage.commit({ "landfall.yaml": manifest(renamed, "fail"), "src/app.txt": "two" });
    assert.deepEqual(told((await plan(deployRequest(), stage.world)).findings), ["warning m2"]);
    assert.deepEqual(await deployed("failed"), ["warning m2"]);
    assert.ok((await shown()).rows?.includes("m2"), "what failed decides nothing");
    stage.commit({ "landfall.yaml": manifest(renamed) });
    assert.deepEqual(await deployed("proven"), ["warning m2"]);
    assert.deepEqual((await shown()).rows, ["m1", "m3"]);
    assert.deepEqual(await deployed("proven"), []);
  });

  it("takes its debt with it, and nobody else's", async () => {
    stage.machines.at("m2").power = "off";
    assert.deepEqual(await deployed("proven"), []);
    assert.deepEqual((await shown()).debts, ["m2"]);
    stage.commit({ "landfall.yaml": manifest(renamed) });
    assert.deepEqual(await deployed("proven"), ["warning m2"]);
    assert.deepEqual((await shown()).debts, ["m3"]);
  });

  it("is not looked for where only some components are deployed", async () => {
    const other = "  api: { type: fake, source: [src] }\n";
    stage.commit({ "landfall.yaml": manifest(two, "work", other) });
    assert.deepEqual(await deployed("proven"), []);
    stage.commit({ "landfall.yaml": manifest("m1: { host: m1 }", "work", other), "src/app.txt": "two" });
    assert.deepEqual(await deployed("proven", { components: ["web"] }), []);
    assert.deepEqual((await shown()).rows?.sort(), ["m1", "m1", "m2", "m2"]);
    assert.deepEqual(await deployed("proven"), ["warning m2", "warning m2"]);
    assert.deepEqual((await shown()).rows, ["m1", "m1"]);
  });
});
