import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Wanted } from "../provider.ts";
import type { MachineFacts, OnceWord } from "./facts.ts";
import { guards } from "./guards.ts";
import { plan } from "./plan.ts";
import type { Process } from "./process.ts";
import { recipeOf } from "./recipe.ts";
import { MachineSpec } from "./spec.ts";
import { splitAtSwitch } from "./steps-here.ts";
import type { MachinePlace } from "./target.ts";

const commit = "c".repeat(40);
const old = "d".repeat(40);
const digest = `sha256:${"1".repeat(64)}`;
const wanted: Wanted = {
  commit,
  digest,
  accepts: [commit],
  force: false,
  once: {},
  answers: {},
  artifact: null,
  texts: {},
  runsOnce: true,
  proven: [],
  ledger: "L",
};

function place(spec: object = {}): MachinePlace {
  const steps = {
    install: { run: "npm ci" },
    migrate: { run: "npm run migrate", once: "revision" },
    build: { run: "npm run build", only: ["front"] },
    tidy: { run: "tidy", except: ["here"] },
    restart: { run: "sudo systemctl restart app" },
    warm: { run: "warm" },
  };
  const prove = { service: "app.service" };
  return {
    application: "app",
    environment: "uat",
    component: "web",
    target: "here",
    spec: MachineSpec.parse({ directory: "/opt/app", steps, prove, ...spec }),
    at: { host: "localhost" },
    values: {},
    fromOutside: [],
  };
}

const recipe = recipeOf(place());
const id = `cccccccccccc-${recipe}-11111111`;
const home = `/opt/app/releases/${id}`;
const fresh: Process = { pid: 812, alive: true, parent: 1, start: 2000, cwd: home, exe: "/usr/bin/node" };

function facts(more: Partial<MachineFacts> = {}, process: Partial<Process> = {}): MachineFacts {
  return {
    host: "localhost",
    directoryProblem: null,
    freeBytes: 1e12,
    reboot: null,
    lockTool: "flock",
    token: { token: 4, ledger: "L" },
    busy: null,
    state: {
      current: { is: "release", id, link: `releases/${id}` },
      home,
      record: { commit, digest, recipe },
      complete: true,
      switched: { id, boot: "b", clock: "ticks", time: 1000 },
      boot: "b",
      clock: "ticks",
      now: 3000,
      hertz: 100,
    },
    processes: {
      unit: { LoadState: "loaded", ActiveState: "active", WorkingDirectory: "/opt/old" },
      list: [{ ...fresh, ...process }],
      absent: null,
      hidden: null,
      beside: [],
    },
    missingCommands: [],
    modified: [],
    seen: null,
    once: [],
    ...more,
  };
}

const state = (more: Partial<MachineFacts["state"]>) => ({ state: { ...facts().state, ...more } });
const everything = ["upload", "install", "migrate", "switch", "restart", "warm", "finish"];

describe("the plan for a machine", () => {
  const cases: [title: string, facts: MachineFacts, wanted: Partial<Wanted>, steps: string[], reason: RegExp][] = [
    [
      "an empty one gets everything",
      facts(state({ current: { is: "none", id: null, link: null } })),
      {},
      everything,
      /nothing was deployed/,
    ],
    ["one that runs it is left alone", facts(), {}, [], /^it already runs ccccccc$/],
    [
      "one that runs an older commit of the same source is left alone",
      facts(state({ record: { commit: old, digest, recipe } })),
      { accepts: [commit, old] },
      [],
      /already runs ddddddd, which has the same source as ccccccc/,
    ],
    [
      "a commit that is not known to have the source is not trusted",
      facts(state({ record: { commit: old, digest, recipe } })),
      {},
      everything,
      /not known to have the same source/,
    ],
    [
      "another source is replaced",
      facts(state({ record: { commit: old, digest: "sha256:2", recipe } })),
      {},
      everything,
      /has ddddddd, whose source differs/,
    ],
    [
      "a deploy that was cut off is done again",
      facts(state({ complete: false })),
      {},
      everything,
      /never came to its end/,
    ],
    [
      "a release that other steps made is made anew",
      facts(state({ record: { commit, digest, recipe: "0a0a0a" } })),
      {},
      everything,
      /^it has ccccccc, made by other steps, values or shared paths than the manifest has now$/,
    ],
    [
      "a target that catches up leaves what has the right source, however it was made",
      facts(state({ record: { commit, digest, recipe: "0a0a0a" } })),
      { catchesUp: true },
      [],
      /^it already runs ccccccc$/,
    ],
    [
      "one of which it is not known what made it is not trusted",
      facts(state({ record: { commit, digest, recipe: null } })),
      {},
      everything,
      /made by other steps/,
    ],
    ["a release without a record is not trusted", facts(state({ record: null })), {}, everything, /nothing is known/],
    [
      "a stale process is only restarted",
      facts({}, { cwd: "/opt/old" }),
      {},
      ["restart", "warm", "finish"],
      /runs from \/opt\/old .*WorkingDirectory=\/opt\/old/,
    ],
    [
      "a process of before the switch is only restarted",
      facts({}, { start: 900 }),
      {},
      ["restart", "warm", "finish"],
      /1\.0 s before the switch/,
    ],
    ["a dead process is only restarted", facts({}, { alive: false }), {}, ["restart", "warm", "finish"], /not alive/],
    [
      "one that cannot be read is left alone: the proof will tell",
      facts({}, { cwd: null, exe: null }),
      {},
      [],
      /already runs/,
    ],
    [
      "a machine that was booted since the switch started everything since",
      facts(state({ boot: "another" }), { start: 1 }),
      {},
      [],
      /already runs/,
    ],
    ["force does everything", facts(), { force: true }, everything, /as was asked for/],
    [
      "a step that runs once elsewhere is left out",
      facts(state({ record: null })),
      { runsOnce: false },
      everything.filter((name) => name !== "migrate"),
      /nothing is known/,
    ],
  ];
  for (const [title, read, more, steps, reason] of cases) {
    it(title, () => {
      const found = plan(place(), read, { ...wanted, ...more });
      assert.deepEqual(
        found.steps.map(({ name }) => name),
        steps,
      );
      assert.match(found.reason, reason);
      for (const step of found.steps) assert.notEqual(step.reason, "");
    });
  }

  it("what is laid where the current release lies takes over from the first step, and from the switch elsewhere", () => {
    const takingOver = (read: MachineFacts, force = false) =>
      plan(place(), read, { ...wanted, force }).steps.flatMap(({ name, takesOver }) => (takesOver ? [name] : []));
    const fromSwitch = ["switch", "restart", "warm"];
    assert.deepEqual(takingOver(facts(state({ current: { is: "none", id: null, link: null } }))), fromSwitch);
    assert.deepEqual(
      takingOver(facts(state({ current: { is: "release", id: "other", link: null } })), true),
      fromSwitch,
    );
    assert.deepEqual(takingOver(facts(), true), everything);
    assert.deepEqual(takingOver(facts(state({ complete: false }))), everything);
  });

  it("without a step after the switch, a stale process makes it do everything", () => {
    const here = place({ steps: { install: { run: "x" } } });
    const record = { commit, digest, recipe: recipeOf(here) };
    const { steps } = plan(here, facts(state({ record }), { start: 1 }), wanted);
    assert.deepEqual(
      steps.map(({ name }) => name),
      ["upload", "install", "switch", "finish"],
    );
  });

  it("the switch comes before the first step that is named for it or says so, and after all when none does", () => {
    const names = (steps: object) =>
      splitAtSwitch(Object.entries(place({ steps }).spec.steps)).before.map(([name]) => name);
    assert.deepEqual(names({ a: { run: "x" }, start: { run: "x" }, b: { run: "x" } }), ["a"]);
    assert.deepEqual(names({ a: { run: "x", afterSwitch: true }, b: { run: "x" } }), []);
    assert.deepEqual(names({ reload: { run: "x", afterSwitch: false }, b: { run: "x" } }), ["reload", "b"]);
  });
});

describe("a step that must run once, in the plan", () => {
  const empty = state({ record: null });
  const key = `web-migrate-${"1".repeat(16)}`;
  const journal = (word: OnceWord, busy: string | null = null) =>
    facts({ ...empty, busy, once: [{ name: key, word, note: "- R1" }] });
  const seen = (token: MachineFacts["token"]) => facts({ ...empty, token });
  const ledger = (more: object): Partial<Wanted> => ({
    once: { migrate: { digest, target: "here", rollout: "R1", token: 1, startedAt: "", ...more } },
  });
  const cases: [
    title: string,
    facts: MachineFacts,
    wanted: Partial<Wanted>,
    result: "run" | "left" | "settled" | "asked",
  ][] = [
    ["never begun: is run", facts(empty), {}, "run"],
    ["done for the ledger: is left", facts(empty), ledger({ result: "done" }), "left"],
    ["done for another source: is run", facts(empty), ledger({ result: "done", digest: "sha256:2" }), "run"],
    ["failed for the ledger: is run", facts(empty), ledger({ result: "failed" }), "run"],
    ["begun for the ledger, never on the target, which saw that rollout: is run", facts(empty), ledger({}), "run"],
    ["begun for the ledger, on a target that knows of no rollout: is asked for", seen(null), ledger({}), "asked"],
    [
      "begun for the ledger, on a target that knows older rollouts only: is asked for",
      seen({ token: 4, ledger: "L" }),
      ledger({ token: 5 }),
      "asked",
    ],
    [
      "begun for the ledger, on a target of another ledger that is taken over: is asked for",
      seen({ token: 9, ledger: "M" }),
      { ...ledger({}), force: true },
      "asked",
    ],
    [
      "done for the ledger, on a target that knows of no rollout: is left",
      seen(null),
      ledger({ result: "done" }),
      "left",
    ],
    ["never begun, on a target that knows of no rollout: is run", seen(null), {}, "run"],
    ["begun for the ledger, done on the target: is settled", journal("done"), ledger({}), "settled"],
    ["begun for the ledger, failed on the target: is run", journal("failed"), ledger({}), "run"],
    ["begun on the target: is asked for", journal("begun"), {}, "asked"],
    ["begun on the target, which is busy with it: is waited for", journal("begun", "migrate"), {}, "run"],
    ["killed on the target: is asked for", journal("killed"), {}, "asked"],
    ["killed on the target, which is busy: is asked for", journal("killed", "build"), {}, "asked"],
    [
      "killed on the target, failed for the ledger: is asked for",
      journal("killed"),
      ledger({ result: "failed" }),
      "asked",
    ],
    [
      "failed on the target, begun on another one since: is asked for",
      journal("failed"),
      ledger({ target: "there" }),
      "asked",
    ],
    ["begun on another target: is asked for", facts(empty), ledger({ target: "there" }), "asked"],
    ["answered done: is settled", journal("begun"), { answers: { migrate: "done" } }, "settled"],
    ["answered rerun: is run", journal("begun"), { answers: { migrate: "rerun" } }, "run"],
    ["killed, answered rerun: is run", journal("killed"), { answers: { migrate: "rerun" } }, "run"],
    [
      "lost with the target, answered rerun: is run",
      seen(null),
      { ...ledger({}), answers: { migrate: "rerun" } },
      "run",
    ],
    ["done, and force: is left all the same", facts(empty), { ...ledger({ result: "done" }), force: true }, "left"],
  ];
  for (const [title, read, more, result] of cases) {
    it(title, () => {
      const found = plan(place(), read, { ...wanted, ...more });
      assert.equal(
        found.steps.some(({ name }) => name === "migrate"),
        result === "run",
      );
      assert.deepEqual(found.settled, result === "settled" ? [{ name: "migrate", result: "done" }] : []);
      assert.deepEqual(
        found.findings.map(({ code }) => code),
        result === "asked" ? ["once-unknown"] : [],
      );
    });
  }
});

describe("the guards of a machine", () => {
  const cases: [title: string, facts: Partial<MachineFacts>, finding: string | null][] = [
    ["nothing is found on a good one", {}, null],
    [
      "a directory that cannot be written blocks",
      { directoryProblem: "/opt cannot be written by ana" },
      "directory-unusable block",
    ],
    ["no way to lock blocks", { lockTool: "none" }, "no-lock-tool block"],
    ["a command that a step needs blocks", { missingCommands: ["npm"] }, "command-missing block"],
    ["a command that only another target's step needs does not matter", { missingCommands: ["tidy"] }, null],
    ["a missing shell blocks", { missingCommands: ["sh"] }, "command-missing block"],
    [
      "a missing unit blocks",
      { processes: { ...facts().processes, unit: { LoadState: "not-found" } } },
      "unit-missing block",
    ],
    [
      "no systemd blocks",
      { processes: { ...facts().processes, unit: { LoadState: "no-systemctl" } } },
      "command-missing block",
    ],
    ["a unit that could not be read blocks", { processes: { ...facts().processes, unit: null } }, "unit-missing block"],
    ["too little space blocks", { freeBytes: 1e6 }, "disk-full block"],
    ["space that could not be read warns", { freeBytes: null }, "disk-full warning"],
    ["a scheduled shutdown blocks", { reboot: "scheduled" }, "reboot-pending block"],
    ["a reboot that an update waits for warns", { reboot: "required" }, "reboot-pending warning"],
    ["edits by hand warn", { modified: ["a", "b"] }, "local-modifications warning"],
  ];
  for (const [title, more, finding] of cases) {
    it(title, async () => {
      const read = facts(more);
      const found = await guards(place(), read, {
        plan: plan(place(), read, { ...wanted, force: true }),
        releaseBytes: 1000,
      });
      assert.deepEqual(
        found.map(({ code, level }) => `${code} ${level}`),
        finding === null ? [] : [finding],
      );
    });
  }

  it("all are told at once, and none when nothing would be changed", async () => {
    const read = facts({ freeBytes: 1, missingCommands: ["npm"], reboot: "scheduled" });
    assert.equal(
      (await guards(place(), read, { plan: plan(place(), read, { ...wanted, force: true }), releaseBytes: 1 })).length,
      3,
    );
    assert.deepEqual(await guards(place(), read, { plan: plan(place(), read, wanted), releaseBytes: 1 }), []);
  });
});
