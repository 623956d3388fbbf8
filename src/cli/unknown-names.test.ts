import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { soundManifest } from "../../test/helpers/manifest.ts";
import { deployRequest, type Stage, setStage } from "../../test/helpers/stage.ts";
import { deploy } from "../actions/deploy.ts";

const main = join(import.meta.dirname, "main.ts");
const { NO_COLOR: _n, FORCE_COLOR: _f, GITHUB_ACTIONS: _g, ...calm } = process.env;

describe("a name that nothing has is wrong usage, not a failure", () => {
  let stage: Stage;
  before(async () => {
    stage = setStage();
    await deploy(deployRequest(), stage.world);
  });
  after(() => stage.remove());

  const landfall = (args: readonly string[]) =>
    spawnSync(process.execPath, [main, ...args], { encoding: "utf8", cwd: stage.directory, env: calm });

  const wrong: [args: string[], status: number, told: RegExp][] = [
    [["status", "nope"], 2, /there is no environment `nope`; known: uat {2}/],
    [["unlock", "nope", "--reason", "r"], 2, /there is no environment `nope`/],
    [["rollback", "nope"], 2, /there is no environment `nope`/],
    [["history", "show"], 2, /history show needs the ID of a rollout[\s\S]*landfall history show \[ENV\] ID/],
    [["history", "show", "zzzz"], 2, /no rollout of uat begins with `zzzz`/],
    [["history", "show", "nope", "zzzz"], 2, /there is no environment `nope`/],
    [["unlock", "uat", "--reason", "r"], 3, /nobody holds the lock of uat/],
  ];
  for (const [args, status, told] of wrong)
    it(`${args.join(" ")} ends with ${status}`, () => {
      const end = landfall(args);
      assert.match(end.stderr + end.stdout, told);
      assert.equal(end.status, status);
    });

  it("also for a proof, once the manifest is known to be sound", () => {
    const told = (manifest: string) => {
      stage.write({ "landfall.yaml": manifest });
      const { status, stderr, stdout } = landfall(["prove", "nope"]);
      stage.git("checkout", "--quiet", "landfall.yaml");
      return `${status} ${stderr}${stdout}`;
    };
    assert.match(told(soundManifest), /^2 .*there is no environment `nope`; known: uat/);
    assert.match(told(soundManifest.replace("branch:", "brunch:")), /^2 .*`brunch` is not a key/s);
  });

  it("and history show alone is wrong, too, where no manifest can be read", () => {
    stage.write({ "landfall.yaml": "[\n" });
    const { status, stdout, stderr } = landfall(["history", "show"]);
    stage.git("checkout", "--quiet", "landfall.yaml");
    assert.deepEqual([status, stdout], [2, ""], stderr);
  });

  it("but history show lists the rollouts of an environment that is called so", () => {
    stage.write({ "landfall.yaml": "environments: { show: }\n" });
    const { status, stdout } = landfall(["history", "show"]);
    stage.git("checkout", "--quiet", "landfall.yaml");
    assert.equal(status, 0);
    assert.match(stdout, /Nothing was ever deployed to show/);
  });
});
