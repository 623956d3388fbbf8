import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type MachineScene, machineScene, type SceneRevision } from "../../../test/helpers/machine-scene.ts";
import type { StepEnd } from "../../model/step.ts";

describe("a pending check beside a step that must run once", { concurrency: false }, () => {
  let scene: MachineScene;
  let revision: SceneRevision;
  beforeEach(async () => {
    scene = machineScene();
    revision = await scene.revision([{ path: "a", content: "1" }]);
  });
  afterEach(async () => await scene.dispose());

  const effects = () => {
    const file = join(scene.root, "effects");
    return existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0;
  };
  /** Deploys one `once` step that adds a line, and gives how it ended. */
  async function migrate(pending: string, run = "", use = revision): Promise<StepEnd> {
    const steps = { migrate: { run: `echo x >>${scene.root}/effects; ${run}`, once: "revision", pending } };
    const ends = await scene.deploy(scene.place({ steps }), use);
    return ends[1] ?? { result: "skipped", reason: "it was not reached" };
  }
  const journal = () => {
    const folder = join(scene.directory, ".landfall/once");
    return readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8").split(" ")[0]);
  };
  /** Leaves the step begun without an end: its runner was killed, and then it. */
  async function interrupt(): Promise<void> {
    assert.equal((await migrate("exit 1", "kill -9 $PPID; sleep 0.3; kill -9 $$")).result, "failed");
    for (let i = 0; i < 100 && (await scene.facts(scene.place())).busy !== null; i++) await sleep(50);
    assert.deepEqual(journal(), ["begun"]);
  }

  it("that cannot tell leaves the question of an interrupted step open", async () => {
    await interrupt();
    const end = await migrate("echo no database; exit 2");
    assert.equal(end.result === "failed" && end.error.code, "once-unknown", JSON.stringify(end));
    assert.match(JSON.stringify(end), /its pending check does not tell: it ended with exit status 2.*no database/);
    assert.equal(effects(), 1);
    assert.deepEqual(journal(), ["begun"]);
  });

  it("that hangs does not tell either", async () => {
    await interrupt();
    const step = { run: "true", once: "revision", pending: "sleep 60", timeout: "1s" };
    const end = (await scene.deploy(scene.place({ steps: { migrate: step } }), revision))[1];
    assert.match(JSON.stringify(end), /once-unknown.*ended by the time limit of 1 s/);
  });

  it("is asked when a time limit or a signal ended the step, which nothing else runs again", async () => {
    for (const [name, run] of Object.entries({ limit: "sleep 60", signal: "kill -9 $$" })) {
      const use = await scene.revision([{ path: "a", content: name }]);
      const body = `echo x >>${scene.root}/${name}`;
      const step = (more: object) => ({ migrate: { once: "revision", ...more } });
      const killed = scene.place({ steps: step({ run: `${body}; ${run}`, timeout: "1s" }) });
      assert.equal((await scene.deploy(killed, use)).at(-1)?.result, "failed");
      const next = scene.place({ steps: step({ run: body }) });
      const asked = await scene.plan(next, use);
      assert.deepEqual(
        asked.findings.map(({ code }) => code),
        ["once-unknown"],
      );
      assert.match(asked.findings[0]?.message ?? "", /was killed on here .*may have done half/);
      const unsure = (await scene.deploy(scene.place({ steps: step({ run: body, pending: "exit 2" }) }), use)).at(-1);
      assert.match(JSON.stringify(unsure), /once-unknown.*killed here.*its pending check does not tell/);
      assert.equal(readFileSync(join(scene.root, name), "utf8"), "x\n");
      const sure = await scene.deploy(scene.place({ steps: step({ run: body, pending: "exit 1" }) }), use);
      assert.equal(sure[1]?.result, "done", JSON.stringify(sure));
      assert.equal(readFileSync(join(scene.root, name), "utf8"), "x\nx\n");
    }
  });

  it("that finds nothing pending settles an interrupted step as done", async () => {
    await interrupt();
    assert.deepEqual(await migrate("exit 0"), {
      result: "unchanged",
      reason: "its pending check says that nothing is left to do",
    });
    assert.equal(effects(), 1);
    assert.deepEqual(journal(), ["done"]);
  });

  it("that finds something pending lets an interrupted step run again", async () => {
    await interrupt();
    assert.equal((await migrate("exit 1")).result, "done");
    assert.equal(effects(), 2);
    assert.deepEqual(journal(), ["done"]);
  });

  it("stands below a person's word", async () => {
    await interrupt();
    const rerun = { ...revision, wanted: { ...revision.wanted, answers: { migrate: "rerun" as const } } };
    assert.equal((await migrate("exit 0", "", rerun)).result, "done");
    assert.equal(effects(), 2);
  });

  it("spares a step that has nothing to do, and lets one run of which it cannot tell", async () => {
    assert.equal((await migrate("exit 0")).result, "unchanged");
    assert.equal(effects(), 0);
    const next = await scene.revision([{ path: "a", content: "2" }]);
    const end = await migrate("exit 7", "", next);
    assert.match(JSON.stringify(end), /"done".*never begun.*exit status 7/);
    assert.equal(effects(), 1);
  });

  it("is asked in the release, and takes values as data", async () => {
    const hostile = `'; touch ${scene.root}/owned; '`;
    const steps = {
      migrate: { run: "false", once: "revision", pending: '[ -f a ] && [ "${vars.a}" = "$(cat b)" ]' },
    };
    const next = await scene.revision([
      { path: "a", content: "1" },
      { path: "b", content: hostile },
    ]);
    const end = (await scene.deploy(scene.place({ steps }, { "vars.a": hostile }), next))[1];
    assert.equal(end?.result, "unchanged", JSON.stringify(end));
    assert.ok(!existsSync(join(scene.root, "owned")));
  });
});

describe("a backup step", { concurrency: false }, () => {
  let scene: MachineScene;
  beforeEach(() => {
    scene = machineScene();
  });
  afterEach(async () => await scene.dispose());

  /** Deploys a backup and a migration after it. */
  async function backup(run: string, check = 'grep -q data "$LANDFALL_BACKUP"', more: object = {}) {
    const file = "shared/backups/before.dump";
    const steps = {
      backup: { run, backup: { file, check }, ...more },
      migrate: { run: `echo x >>${scene.root}/migrated`, once: "revision" },
    };
    const ends = await scene.deploy(scene.place({ steps }), await scene.revision([{ path: "a", content: "1" }]));
    return { end: ends[1], migrated: existsSync(join(scene.root, "migrated")) };
  }
  const broken: [title: string, run: string, told: RegExp, check?: string][] = [
    ["that makes no file", "true", /was not made/],
    ["that makes an empty file", ': >"$LANDFALL_BACKUP"', /is empty/],
    [
      "that leaves an older file in its place",
      'echo data >"$LANDFALL_BACKUP"; touch -d "2 minutes ago" "$LANDFALL_BACKUP"',
      /is older than the step/,
    ],
    ["whose check fails", 'echo rubbish >"$LANDFALL_BACKUP"', /did not succeed: it ended with exit status 1/],
    ["whose check does not exist", 'echo data >"$LANDFALL_BACKUP"', /exit status 127/, "no-such-command-anywhere"],
  ];
  for (const [title, run, told, check] of broken)
    it(`${title} has failed, and no migration is reached`, async () => {
      const { end, migrated } = await backup(run, check);
      assert.equal(end?.result === "failed" && end.error.code, "backup-unverified", JSON.stringify(end));
      assert.match(JSON.stringify(end), told);
      assert.equal(migrated, false);
    });

  it("that fails itself is failed for its own reason", async () => {
    const { end } = await backup("exit 3");
    assert.equal(end?.result === "failed" && end.error.code, "step-failed");
  });

  it("is not satisfied by the file of a deploy before", async () => {
    assert.equal((await backup('echo data >"$LANDFALL_BACKUP"')).end?.result, "done");
    const { end } = await backup("true");
    assert.match(JSON.stringify(end), /backup-unverified.*is older than the step/);
  });

  it("is not satisfied by an older file whose time lies in the future, and takes a new one of such a time", async () => {
    const file = join(scene.directory, "shared/backups/before.dump");
    const later = (words: string) => `echo ${words} >new; touch -d "3 days" new; mv new "$LANDFALL_BACKUP"`;
    assert.equal((await backup(later("data"))).end?.result, "done");
    const before = readFileSync(file, "utf8");
    const { end } = await backup("true");
    assert.match(JSON.stringify(end), /backup-unverified.*was there before the step.*not of this run/);
    assert.equal(readFileSync(file, "utf8"), before);
    assert.equal((await backup(later("data"))).end?.result, "done");
  });

  it("that is verified tells what was made, and leaves nothing of ours beside it", async () => {
    const { end, migrated } = await backup('echo data >"$LANDFALL_BACKUP"');
    const file = join(scene.directory, "shared/backups/before.dump");
    const sha256 = "6667b2d1aab6a00caa5aee5af8ad9f1465e567abf1c209d15727d57b3e8f6e5f";
    assert.deepEqual(end, {
      result: "done",
      notes: [`backup ${file}, 5 bytes, sha256 ${sha256}`],
      backup: { file, bytes: 5, sha256 },
    });
    assert.ok(migrated);
    assert.deepEqual(readdirSync(join(scene.directory, "shared/backups")), ["before.dump"]);
  });

  it("that must run once and was not verified runs again", async () => {
    const once = { once: "revision" };
    assert.equal((await backup("true", undefined, once)).end?.result, "failed");
    assert.equal((await backup('echo data >"$LANDFALL_BACKUP"', undefined, once)).end?.result, "done");
  });

  it("may be anywhere on the target", async () => {
    const file = join(scene.root, "elsewhere.dump");
    writeFileSync(file, "old");
    const steps = { backup: { run: `sleep 0.1; echo data >${file}`, backup: { file, check: "true" } } };
    const ends = await scene.deploy(scene.place({ steps }), await scene.revision([{ path: "a", content: "1" }]));
    assert.equal(ends[1]?.result, "done", JSON.stringify(ends));
  });
});
