import assert from "node:assert/strict";
import { rmSync, symlinkSync } from "node:fs";
import { afterEach, beforeEach, describe, it } from "node:test";
import { deployRequest, type Stage, setStage } from "../../test/helpers/stage.ts";
import type { SourceChange } from "../model/source-change.ts";
import { deploy } from "./deploy.ts";
import { plan } from "./plan.ts";

const manifest = `application: app
components:
  api: { type: fake, source: [api], on: [m1], exclude: [api/docs] }
  web: { type: fake, source: [src], on: [m2] }
environments:
  uat: { branch: main, targets: { m1: { host: m1 }, m2: { host: m2 } } }
`;

describe("what changed in a component since it was proven", () => {
  let stage: Stage;
  beforeEach(() => {
    stage = setStage(manifest);
    stage.commit({ "api/a.py": "one\n", "api/b.py": "one\n" });
  });
  afterEach(() => stage.remove());
  const run = (more = {}) => deploy(deployRequest(more), stage.world);
  const changes = async () => (await plan(deployRequest(), stage.world)).changes;
  const changeOf = async (component: string): Promise<SourceChange> =>
    (await changes()).find((change) => change.component === component) ?? assert.fail();
  const short = (commit: string) => commit.slice(0, 7);

  it("is still to be deployed after a rollout that failed: only a proof settles it", async () => {
    await run();
    const proven = stage.git("rev-parse", "HEAD");
    stage.commit({ "api/a.py": "two\n" });
    stage.machines.at("m1").stuck = true;
    assert.equal((await run()).outcome.outcome, "failed");
    stage.commit({ "docs/readme.md": "words" });
    const change = await changeOf("api");
    assert.equal(change.state, "changed");
    assert.equal(change.since?.commit, proven);
    assert.deepEqual(change.paths, [{ path: "api/a.py", kind: "modified" }]);
    assert.match(change.reason, new RegExp(`^api/a\\.py changed since ${short(proven)}, proven \\d{4}-\\d\\d-\\d\\d$`));
    stage.machines.at("m1").stuck = false;
    assert.equal((await run()).outcome.outcome, "proven");
    assert.equal((await changeOf("api")).state, "same");
  });

  it("is still to be deployed after a rollout that was cancelled, and the next deploy brings it", async () => {
    await run();
    stage.commit({ "src/app.txt": "two\n" });
    const emit = stage.world.emit;
    stage.world = {
      ...stage.world,
      emit: (event) => {
        emit(event);
        if (event.event === "planned") stage.cancel.abort();
      },
    };
    assert.equal((await run()).outcome.outcome, "cancelled");
    stage.world = { ...stage.world, signal: new AbortController().signal, emit };
    assert.equal((await changeOf("web")).state, "changed");
    const answer = await run();
    assert.equal(answer.outcome.outcome, "proven", JSON.stringify(answer.outcome));
    assert.equal(stage.machines.at("m2").running?.commit, stage.git("rev-parse", "HEAD"));
    assert.equal((await changeOf("web")).state, "same");
  });

  it("is nothing for a component whose paths did not change, and the plan leaves it alone", async () => {
    const never = await changes();
    assert.deepEqual(
      never.map(({ state, reason }) => [state, reason]),
      [
        ["never", "never proven here"],
        ["never", "never proven here"],
      ],
    );
    await run();
    const proven = stage.git("rev-parse", "HEAD");
    stage.commit({ "src/app.txt": "two\n", "api/docs/a.md": "left out" });
    const answer = await plan(deployRequest(), stage.world);
    const api = answer.changes.find(({ component }) => component === "api");
    assert.match(api?.reason ?? "", new RegExp(`^nothing under api changed since ${short(proven)}, proven `));
    assert.deepEqual(
      answer.plan.targets.map(({ component, steps }) => [component, steps.length > 0]),
      [
        ["api", false],
        ["web", true],
      ],
    );
  });

  it("names each path with what happened to it, sorted, the first twenty of them", async () => {
    await run();
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`api/n${index + 10}.py`, "new"]));
    rmSync(`${stage.directory}/api/b.py`);
    stage.commit({ ...many, "api/a.py": "two\n" });
    const change = await changeOf("api");
    assert.equal(change.total, 32);
    assert.equal(change.paths?.length, 20);
    assert.deepEqual(change.paths?.slice(0, 3), [
      { path: "api/a.py", kind: "modified" },
      { path: "api/b.py", kind: "deleted" },
      { path: "api/n10.py", kind: "added" },
    ]);
    assert.match(change.reason, /^api\/a\.py, api\/b\.py \(deleted\), api\/n10\.py \(new\) and 29 more changed since /);
  });

  it("is nothing after a revert, and nothing is deployed", async () => {
    await run();
    stage.commit({ "api/a.py": "two\n" });
    stage.commit({ "api/a.py": "one\n" });
    assert.equal((await changeOf("api")).state, "same");
    assert.deepEqual((await run()).steps, []);
  });

  it("is what the manifest takes for the source when only that changed", async () => {
    await run();
    stage.commit({ "landfall.yaml": manifest.replace("source: [api]", "source: [api, src]") });
    const widened = await changeOf("api");
    assert.deepEqual([widened.state, widened.settings, widened.total], ["changed", true, 0]);
    assert.match(widened.reason, /^what the manifest takes for its source, or how it is built, changed since /);
    stage.commit({ "api/a.py": "two\n" });
    assert.match((await changeOf("api")).reason, /^api\/a\.py changed, and what the manifest takes for its source/);
  });

  it("can only be told by digests when this clone lacks the commit that was proven, and that is said", async () => {
    await run();
    const proven = stage.git("rev-parse", "HEAD");
    stage.git("checkout", "--quiet", "--orphan", "fresh");
    stage.commit({ "api/a.py": "two\n" });
    stage.git("branch", "--force", "main", "fresh");
    stage.git("checkout", "--quiet", "main");
    stage
      .git("for-each-ref", "--format=%(refname)", "refs/landfall/keep")
      .split("\n")
      .filter(Boolean)
      .forEach((ref) => {
        stage.git("update-ref", "-d", ref);
      });
    stage.git("branch", "--delete", "--force", "fresh");
    stage.git("reflog", "expire", "--expire=now", "--all");
    stage.git("gc", "--quiet", "--prune=now");
    const [api, web] = await changes();
    assert.deepEqual([api?.state, api?.paths, api?.settings], ["changed", null, null]);
    assert.match(
      api?.reason ?? "",
      new RegExp(`${short(proven)} cannot be read in this clone, so only digests were compared`),
    );
    assert.equal(web?.state, "same", "the same digest is the same source, whichever commit it was proven at");
  });

  it("does not keep --force from laying what is there already, which needs a reason", async () => {
    await run();
    const before = stage.machines.at("m1").log.length;
    assert.ok((await run({ force: true })).invalid, "no reason");
    assert.ok((await run({ force: true, reason: "  " })).invalid, "an empty reason");
    assert.equal(stage.machines.at("m1").log.length, before);
    const answer = await run({ force: true, reason: "the disk was restored" });
    assert.equal(answer.outcome.outcome, "proven");
    assert.ok(stage.machines.at("m1").log.length > before);
    assert.equal((await changeOf("api")).state, "same");
    assert.match(stage.git("log", "-p", "refs/landfall/ledger/uat"), /the disk was restored/);
  });

  it("is planned without a write: neither the ledger nor the index nor an object changes", async () => {
    await run();
    stage.commit({ "api/a.py": "two\n" });
    const look = () => [stage.git("for-each-ref"), stage.git("count-objects", "-v"), stage.git("ls-files", "--debug")];
    const before = look();
    await changes();
    assert.deepEqual(look(), before);
  });

  it("cannot be told when git hides edits: the deploy is refused with the command that shows them, and changes nothing", async () => {
    stage.git("update-index", "--assume-unchanged", "src/app.txt");
    stage.write({ "src/app.txt": "edited, and hidden\n" });
    const answer = await run();
    assert.equal(answer.outcome.outcome, "blocked");
    assert.equal(answer.findings[0]?.code, "hidden-edits");
    assert.match(answer.findings[0]?.fix ?? "", /^git update-index --no-assume-unchanged -- 'src\/app\.txt'/);
    assert.deepEqual(stage.machines.at("m2").log, []);
    assert.equal((await run({ ref: "HEAD" })).outcome.outcome, "proven");
  });

  it("takes in a file that a component links to: that component alone is deployed, with the file", async () => {
    symlinkSync("../shared/utils.py", `${stage.directory}/api/utils.py`);
    stage.commit({ "shared/utils.py": "one\n" });
    await run();
    stage.commit({ "shared/utils.py": "two\n" });
    const change = await changeOf("api");
    assert.deepEqual(change.paths, [{ path: "api/utils.py", kind: "modified", from: "shared/utils.py" }]);
    assert.match(change.reason, /^api\/utils\.py \(a link to shared\/utils\.py\) changed since /);
    const answer = await run();
    assert.deepEqual([...new Set(answer.steps.map(({ component }) => component))], ["api"]);
    stage.write({ "shared/utils.py": "edited\n" });
    assert.equal((await run()).findings[0]?.code, "dirty-tree");
  });
});
