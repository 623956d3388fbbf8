import assert from "node:assert/strict";
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { deployRequest, type Stage, setStage } from "../../test/helpers/stage.ts";
import { deploy } from "./deploy.ts";
import { plan } from "./plan.ts";
import { prove } from "./prove.ts";
import { rollback } from "./rollback.ts";
import { status } from "./status.ts";

const manifest = (git: string, ref = "main") =>
  `application: app
components:
  api: { type: fake, source: [src] }
  web: { type: fake, source: { git: ${JSON.stringify(git)}, ref: ${ref}, paths: [src] }, exclude: [src/docs] }
environments:
  uat:
    branch: main
    targets:
      m1: { host: m1 }
      m2: { host: m2 }
`
    .replace("source: [src] }", "source: [src], on: [m1] }")
    .replace("exclude: [src/docs] }", "exclude: [src/docs], on: [m2] }");

describe("a component whose source is another repository", () => {
  let stage: Stage;
  let web: Stage;
  beforeEach(() => {
    web = setStage();
    stage = setStage();
    stage.commit({ "landfall.yaml": manifest(web.directory) });
  });
  afterEach(() => {
    stage.remove();
    if (existsSync(web.directory)) web.remove();
  });
  const run = (more = {}) => deploy(deployRequest(more), stage.world);
  const back = (to?: string) => rollback({ environment: "uat", to, waitSeconds: 0 }, stage.world);
  const state = () => JSON.parse(stage.git("show", "refs/landfall/ledger/uat:state.json"));
  const head = () => web.git("rev-parse", "HEAD");
  const runs = (machine: string) => stage.machines.at(machine).running?.commit;

  it("blocks when its repository cannot be read, with nothing changed and git's own word", async () => {
    renameSync(web.directory, `${web.directory}-gone`);
    try {
      const answer = await run();
      assert.equal(answer.outcome.outcome, "blocked");
      assert.equal(answer.findings[0]?.code, "source-unreachable");
      assert.match(answer.findings[0]?.message ?? "", /^the source of web: .* cannot be read: .*does not/);
      assert.equal(runs("m1"), undefined);
    } finally {
      renameSync(`${web.directory}-gone`, web.directory);
    }
  });

  it("blocks when it has no such branch or tag, or has both", async () => {
    stage.commit({ "landfall.yaml": manifest(web.directory, "release") });
    assert.equal((await run()).findings[0]?.code, "no-such-revision");
    web.git("branch", "release");
    web.git("tag", "release");
    const answer = await run();
    assert.equal(answer.outcome.outcome, "blocked");
    assert.match(answer.findings[0]?.message ?? "", /both a branch and a tag/);
  });

  it("refuses an address that would run something", async () => {
    const owned = join(stage.directory, "owned");
    stage.commit({ "landfall.yaml": manifest(`ext::sh -c touch% ${owned}`) });
    const answer = await run();
    assert.ok(answer.invalid);
    assert.match(answer.findings[0]?.message ?? "", /components.web.source.git must be a repository's address/);
    assert.ok(!existsSync(owned));
  });

  it("is not reached by a helper even when the user's configuration turns the address into one", async () => {
    const owned = join(stage.directory, "owned");
    const config = { GIT_CONFIG_COUNT: "2", GIT_CONFIG_KEY_0: `url.ext::sh -c touch% ${owned}.insteadOf` };
    const more = {
      GIT_CONFIG_VALUE_0: web.directory,
      GIT_CONFIG_KEY_1: "protocol.ext.allow",
      GIT_CONFIG_VALUE_1: "always",
    };
    Object.assign(process.env, config, more);
    try {
      assert.equal((await run()).findings[0]?.code, "source-unreachable");
      assert.ok(!existsSync(owned));
    } finally {
      for (const key of Object.keys({ ...config, ...more })) delete process.env[key];
    }
  });

  it("is proven at its own commit, and the record, the state and the status name it", async () => {
    const answer = await run();
    assert.equal(answer.outcome.outcome, "proven", JSON.stringify(answer.outcome));
    assert.equal(runs("m1"), stage.git("rev-parse", "HEAD"));
    assert.equal(runs("m2"), head());
    const source = { repository: web.directory, commit: head(), ref: "main" };
    assert.deepEqual(answer.revision?.sources, { web: source });
    assert.deepEqual(state().revisions[0].sources, { web: source });
    assert.equal(state().proven.web.m2.commit, head());
    assert.equal(state().proven.web.m2.repository, web.directory);
    const rows = (await status({ live: false }, stage.world)).environments[0]?.rows;
    assert.equal(rows?.find(({ component }) => component === "web")?.commit, head());
  });

  it("that answers the application's commit is refuted: it must name its own", async () => {
    stage.machines.at("m2").says = stage.git("rev-parse", "HEAD");
    const answer = await run();
    assert.equal(answer.outcome.outcome, "failed");
    assert.equal(answer.outcome.reasons[0]?.code, "stale-process");
  });

  it("changes alone when only its repository did, and not when only what it leaves out did", async () => {
    await run();
    web.commit({ "src/docs/a.md": "words" });
    assert.deepEqual((await run()).steps, []);
    web.commit({ "src/app.txt": "two\n" });
    const answer = await run();
    assert.equal(answer.outcome.outcome, "proven");
    assert.deepEqual([...new Set(answer.steps.map(({ component }) => component))], ["web"]);
    assert.equal(runs("m2"), head());
  });

  it("is rolled back to and proven at the commit that was recorded, wherever its ref points today", async () => {
    await run();
    const first = head();
    web.commit({ "src/app.txt": "two\n" });
    await run();
    const second = head();
    web.commit({ "src/app.txt": "three\n" });
    const proof = await prove({ environment: "uat", components: [] }, stage.world);
    assert.equal(proof.outcome.outcome, "proven", JSON.stringify(proof.outcome));
    assert.equal(proof.revision?.sources?.web?.commit, second);
    const answer = await back();
    assert.equal(answer.outcome.outcome, "proven", JSON.stringify([answer.outcome, answer.findings]));
    assert.equal(runs("m2"), first);
    const again = await prove({ environment: "uat", components: [] }, stage.world);
    assert.equal(again.revision?.sources?.web?.commit, first);
    assert.equal((await back()).findings[0]?.code, "nothing-to-roll-back-to");
    const named = await back(second.slice(0, 10));
    assert.equal(named.outcome.outcome, "proven", JSON.stringify(named.findings));
    assert.equal(runs("m2"), second);
  });

  it("is rolled back without its repository, even after its history was rewritten", async () => {
    await run();
    const first = head();
    web.git("checkout", "--quiet", "--orphan", "fresh");
    web.commit({ "src/app.txt": "rewritten\n" });
    web.git("branch", "--force", "main", "fresh");
    assert.equal((await run()).outcome.outcome, "proven");
    web.remove();
    const answer = await back();
    assert.equal(answer.outcome.outcome, "proven", JSON.stringify(answer.findings));
    assert.equal(runs("m2"), first);
  });

  it("keeps its commit when another component is deployed alone", async () => {
    await run();
    const first = head();
    web.commit({ "src/app.txt": "two\n" });
    stage.commit({ "src/app.txt": "two\n" });
    assert.equal((await run({ components: ["api"] })).outcome.outcome, "proven");
    const proof = await prove({ environment: "uat", components: [] }, stage.world);
    assert.equal(proof.revision?.sources?.web?.commit, first);
    assert.equal(proof.outcome.outcome, "proven", JSON.stringify(proof.outcome));
  });

  it("may be a tag, or a commit that no branch has", async () => {
    const commit = head();
    web.git("tag", "-a", "-m", "one", "v1");
    web.commit({ "src/app.txt": "two\n" });
    stage.commit({ "landfall.yaml": manifest(web.directory, "v1") });
    assert.equal((await run()).revision?.sources?.web?.commit, commit);
    const other = web.commit({ "src/app.txt": "three\n" });
    web.git("reset", "--quiet", "--hard", "HEAD~1");
    stage.commit({ "landfall.yaml": manifest(web.directory, other) });
    assert.equal((await run()).outcome.outcome, "proven");
    assert.equal(runs("m2"), other);
  });

  it("is found by a server that gives only what its branches have, and is told when it is not there any more", async () => {
    Object.assign(process.env, {
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "protocol.version",
      GIT_CONFIG_VALUE_0: "0",
    });
    try {
      const older = head();
      web.commit({ "src/app.txt": "two\n" });
      stage.commit({ "landfall.yaml": manifest(web.directory, older) });
      assert.equal((await run()).outcome.outcome, "proven");
      assert.equal(runs("m2"), older);
      stage.commit({ "landfall.yaml": manifest(web.directory, "a".repeat(40)) });
      const answer = await run();
      assert.equal(answer.outcome.outcome, "blocked");
      assert.equal(answer.findings[0]?.code, "no-such-revision", JSON.stringify(answer.findings));
    } finally {
      for (const key of ["COUNT", "KEY_0", "VALUE_0"]) delete process.env[`GIT_CONFIG_${key}`];
    }
  });

  it("is planned without writing to the ledger", async () => {
    const answer = await plan(deployRequest(), stage.world);
    assert.equal(answer.plan.revision.sources?.web?.commit, head());
    assert.equal(stage.git("for-each-ref", "refs/landfall"), "");
  });
});
