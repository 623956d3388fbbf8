import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { at, commit, earlier, evidence, plan, rolloutAnswer } from "../../test/helpers/sample-answers.ts";
import type { EnvironmentStatus } from "../model/answers.ts";
import type { Rollout, RolloutEvent } from "../model/rollout.ts";
import type { StepError, StepResult } from "../model/step.ts";
import { findingLines } from "./findings.ts";
import { historyText, rolloutHistoryText } from "./history.ts";
import { painter } from "./paint.ts";
import { planText } from "./plan.ts";
import { printable } from "./printable.ts";
import { rolloutText } from "./rollout.ts";
import { statusText } from "./status.ts";
import { moment } from "./time.ts";

const plain = painter(false);
const now = new Date("2026-11-20T12:00:00.000Z");

const failed = rolloutAnswer({
  steps: [
    {
      component: "app",
      target: "scheduler",
      name: "migrate",
      result: "failed",
      error: { code: "step-failed", message: "exit status 1", exitStatus: 1, output: ["Traceback", "ValueError: no"] },
    },
  ],
  outcome: {
    outcome: "failed",
    reasons: [
      { component: "app", target: "scheduler", message: "step migrate: exit status 1", code: "step-failed" },
      { component: "app", target: "frontend", message: "not reached: it comes after scheduler" },
    ],
    deferred: [],
  },
});

describe("the last lines of a rollout", () => {
  it("name what failed where, the page that explains it, and the way back", () => {
    assert.deepEqual(rolloutText(failed, { left: "changed", commit: earlier, at }, plain).split("\n"), [
      "app on scheduler: the last lines of migrate (exit status 1)",
      "  │ Traceback",
      "  │ ValueError: no",
      "",
      "✘ FAILED   uat  jobs-app@3f9c2e1",
      "  scheduler  step migrate: exit status 1  → landfall explain step-failed",
      "  frontend   not reached: it comes after scheduler",
      `  nothing was rolled back; \`landfall rollback uat\` returns to 81aa0d3 (proven ${moment(at)})`,
      `  rollout ${failed.id}, 18 s`,
    ]);
  });

  it("say how much of a step's output is left out, and where it is", () => {
    const log = "/srv/app/.landfall/logs/R1-migrate.log on deploy@m1";
    const error: StepError = { code: "step-failed", message: "it ended", output: ["no"], outputLines: 57, log };
    const step: StepResult = { component: "app", target: "scheduler", name: "migrate", result: "failed", error };
    assert.deepEqual(
      rolloutText({ ...failed, steps: [step] }, null, plain)
        .split("\n")
        .slice(0, 3),
      ["app on scheduler: the last 1 of 57 lines of migrate", "  │ no", `  all of them: ${log}`],
    );
  });

  it("never say proven for another outcome", () => {
    for (const outcome of ["failed", "blocked", "unproven", "interrupted", "cancelled"] as const) {
      const text = rolloutText(rolloutAnswer({ outcome: { outcome, reasons: [], deferred: [] } }), null, plain);
      assert.match(text, new RegExp(`^[✘⚠] ${outcome.toUpperCase()} +uat {2}jobs-app@3f9c2e1\\n {2}rollout `));
      assert.doesNotMatch(text, /✔|PROVEN(?<!UNPROVEN)/);
    }
  });

  it("name the input as invalid when the manifest was at fault", () => {
    const outcome = { outcome: "blocked" as const, reasons: [], deferred: [] };
    assert.match(
      rolloutText(rolloutAnswer({ outcome, invalid: true, revision: null }), null, plain),
      /^✘ INVALID +uat\n {2}rollout /,
    );
  });

  it("tell a finding once, though it is a reason too", () => {
    const message = "changes that are not committed: app.py";
    const text = rolloutText(
      rolloutAnswer({
        findings: [{ code: "dirty-tree", level: "block", message }],
        outcome: { outcome: "blocked", reasons: [{ message, code: "dirty-tree" }], deferred: [] },
      }),
      null,
      plain,
    );
    assert.equal(text.split(message).length, 2);
  });

  it("say proven with what was read, and what is owed", () => {
    const deferred = [
      { component: "app", target: "frontend", commit, digest: "d", since: at, reason: "frontend is off (on-demand)" },
    ];
    assert.deepEqual(
      rolloutText(rolloutAnswer({ outcome: { ...rolloutAnswer().outcome, deferred } }), null, plain).split("\n"),
      [
        "✔ PROVEN   uat  jobs-app@3f9c2e1  scheduler: 3f9c2e1 (pid 812, up 12 s)",
        "⚠ DEFERRED uat  frontend is off (on-demand): it owes 3f9c2e1 and will catch up",
        "  rollout 01JD0000000000000000000001, 18 s",
      ],
    );
  });

  it("name the component too when there are several", () => {
    const reasons = ["app", "web"].map((component) => ({ component, target: "m1", message: "runs" }));
    const text = rolloutText(rolloutAnswer({ outcome: { outcome: "proven", reasons, deferred: [] } }), null, plain);
    assert.match(text, /\n {2}app on m1: runs\n {2}web on m1: runs\n {2}rollout /);
  });
});

describe("findings", () => {
  it("come worst first, with file, line and column, the page and the fix", () => {
    const lines = findingLines(
      [
        { code: "disk-full", level: "warning", message: "1 GB is left", component: "app", target: "m1" },
        {
          code: "unknown-key",
          level: "block",
          message: "no key `sorce`",
          file: "landfall.yaml",
          line: 4,
          column: 5,
          fix: "source",
        },
      ],
      plain,
    );
    assert.deepEqual(lines, [
      "✘ landfall.yaml:4:5  no key `sorce`  → landfall explain unknown-key",
      "    fix: source",
      "⚠ app on m1  1 GB is left  → landfall explain disk-full",
    ]);
  });
});

describe("what a target prints", () => {
  it("cannot move the cursor, set the title, or turn the text round", () => {
    const hostile = "\u001b[2J\u001b]0;title\u0007ok\rgone\u009b1m\u202e\u0008";
    assert.equal(printable(hostile), "okgone\\x9b1m\\x202e\\x08");
    assert.deepEqual(printable({ list: ["a\tb\nc", 1, null] }), { list: ["a b\nc", 1, null] });
  });
});

describe("a plan", () => {
  it("gives the reason of each step and of each thing left alone", () => {
    const text = planText({ plan, changes: [], findings: [] }, plain);
    assert.match(text, /2 {2}migrate {2}once for this source, and it did not run yet/);
    assert.match(text, /app on frontend after scheduler {2}left alone: it has this source already/);
    assert.match(text, /3 steps on 1 target\. Nothing was changed/);
  });

  it("says what changed in the source since it was proven, below the place that it is about", () => {
    const change = { state: "changed", since: { commit, at }, paths: [], total: 1, settings: false } as const;
    const reason = "src/app.py changed since 3f9c2e1, proven 2026-11-20";
    const text = planText(
      { plan, changes: [{ component: "app", target: "frontend", ...change, reason }], findings: [] },
      plain,
    );
    assert.match(text, /^app on frontend .*\n {2}source: src\/app\.py changed since 3f9c2e1, proven 2026-11-20$/m);
  });

  it("that a guard would refuse says so last", () => {
    const findings = [{ code: "disk-full", level: "block", message: "no space" } as const];
    assert.match(
      planText({ plan, changes: [], findings }, plain),
      /✘ BLOCKED {2}a deploy would be refused: 1 finding above$/,
    );
  });
});

describe("status", () => {
  const row = {
    component: "app",
    target: "m1",
    commit,
    proven: commit,
    verdict: "proven",
    reason: "runs",
    at,
    behind: 2,
  } as const;
  const environment: EnvironmentStatus = { environment: "uat", state: null, holder: null, rows: [row], findings: [] };
  const show = (changes: Partial<EnvironmentStatus>) =>
    statusText({ application: "jobs-app", ledger: null, environments: [{ ...environment, ...changes }] }, now, plain);

  it("shows commit, verdict, its age, and how far behind it is", () => {
    assert.match(show({}), /app +m1 +3f9c2e1 +proven +2 h +2 +3f9c2e1$/);
  });

  it("says why a verdict is not proven, and what drifted", () => {
    assert.match(show({ rows: [{ ...row, verdict: "unknown", reason: "no answer" }] }), /app on m1: no answer/);
    const found = [evidence({ verdict: "refuted", reason: "pid 9 runs from /opt/old" })];
    const outcome = { outcome: "failed", reasons: [], deferred: [] } as const;
    const live = { evidence: found, outcome: { ...outcome, reasons: [], deferred: [] }, invalid: false };
    assert.match(show({ live }), /✘ DRIFT app on scheduler {2}process: pid 9 runs from \/opt\/old/);
  });

  it("of an empty ledger says so", () => {
    assert.match(
      statusText({ application: null, ledger: null, environments: [] }, now, plain),
      /Nothing was ever deployed/,
    );
  });

  it("says so when the remote could not be asked, and what the shown is worth then", () => {
    const problem = { code: "ledger-unreachable", message: "origin cannot be reached" } as const;
    const ledger = { remote: "origin", fetchedAt: "2026-11-19T10:00:00Z", problem };
    assert.match(
      statusText({ application: null, ledger, environments: [] }, now, plain),
      /cannot be reached; this is what this clone knew at 2026-11-19T10:00:00Z/,
    );
    const never = { environment: "uat", rollouts: [], ledger: { ...ledger, fetchedAt: null } };
    assert.match(historyText(never, plain), /what this clone knew alone/);
  });
});

describe("history", () => {
  const owner = { who: "ana", host: "laptop", boot: "b", pid: 3 };
  const opened: Extract<RolloutEvent, { event: "rollout-opened" }> = {
    event: "rollout-opened",
    at,
    rollout: "01JD",
    application: "jobs-app",
    environment: "uat",
    intent: "deploy",
    revision: plan.revision,
    manifestDigest: "sha256:m",
    owner,
    token: 1,
    reason: "the mails",
  };
  const rollout: Rollout = {
    id: "01JD",
    opened,
    events: [
      opened,
      { event: "planned", at, plan },
      ...failed.steps.map((step) => ({ event: "step-ended" as const, at, step })),
      { event: "evidence", at, evidence: evidence() },
    ],
    outcome: failed.outcome,
    closedAt: null,
  };

  it("lists rollouts with their outcome and its reason", () => {
    assert.match(
      historyText({ environment: "uat", ledger: null, rollouts: [rollout] }, plain),
      /01JD .* deploy +3f9c2e1 +failed +ana +"the mails": step migrate/,
    );
  });

  it("keeps a reason of several lines in the rollout's own row: it must not read as another row", () => {
    const reason = "the mails\n01JE  2026-11-20 10:00  deploy  81aa0d3  proven  ana";
    const given = { ...rollout, opened: { ...opened, reason } };
    const text = historyText({ environment: "uat", ledger: null, rollouts: [given] }, plain);
    assert.equal(text.split("\n").length, 2, text);
    assert.match(rolloutHistoryText(given, plain), /^why {6}the mails\n {9}01JE/m);
  });

  it("shows one with every step, reading and why", () => {
    const text = rolloutHistoryText(rollout, plain);
    for (const part of [
      "never ended",
      "why      the mails",
      "app on scheduler  migrate  failed  exit status 1",
      "│ ValueError: no",
      "read /opt/app/releases/3f9c2e1 of pid 812 from /proc/812/cwd",
    ])
      assert.ok(text.includes(part), part);
  });
});
