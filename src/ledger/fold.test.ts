import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Evidence } from "../model/evidence.ts";
import type { OutcomeName } from "../model/outcome.ts";
import type { Intent } from "../model/plan.ts";
import type { RolloutEvent } from "../model/rollout.ts";
import type { State } from "../model/state.ts";
import { emptyState, fold, openScope } from "./fold.ts";

const at = "2026-01-01T00:00:00Z";
const commitOf = (letter: string) => letter.repeat(40);

/** The events of a whole rollout of commit a, b, c … */
function rollout(
  letter: string,
  outcome: OutcomeName,
  intent: Intent = "deploy",
  verdict: Evidence["verdict"] = "proven",
): RolloutEvent[] {
  const commit = commitOf(letter);
  const id = `R-${letter}-${intent}`;
  const revision = {
    repository: "r",
    commit,
    committedAt: at,
    subject: "",
    branches: ["main"],
    dirty: false,
    components: { web: `sha256:${letter}` },
  };
  const owner = { who: "ana", host: "h", boot: "b", pid: 1 };
  const evidence: Evidence = {
    component: "web",
    target: "m1",
    claim: "service",
    expected: commit,
    readings: [{ unit: "pid 1", identity: commit, source: "/proc", at }],
    verdict,
    reason: letter,
  };
  const opened: RolloutEvent = {
    event: "rollout-opened",
    at,
    rollout: id,
    application: "app",
    environment: "uat",
    intent,
    revision,
    manifestDigest: "",
    owner,
    token: 1,
  };
  const closed: RolloutEvent = {
    event: "rollout-closed",
    at,
    rollout: id,
    outcome: { outcome, reasons: [], deferred: [] },
  };
  return [opened, { event: "stage", at, stage: "execute" }, { event: "evidence", at, evidence }, closed];
}

function foldAll(...rollouts: RolloutEvent[][]): State {
  let state = emptyState("L", "app", "uat");
  for (const events of rollouts) {
    const scope = openScope("R");
    for (const event of events) state = fold(state, event, scope);
  }
  return state;
}

describe("the state as the fold of events", () => {
  it("holds what was proven, and not what failed", () => {
    const state = foldAll(rollout("a", "proven"), rollout("b", "failed", "deploy", "refuted"));
    assert.equal(state.proven.web?.m1?.commit, commitOf("a"));
    assert.equal(state.verdicts.web?.m1?.verdict, "refuted");
    assert.equal(state.intended?.commit, commitOf("a"));
    assert.deepEqual(
      state.revisions.map(({ commit }) => commit[0]),
      ["a"],
    );
  });

  it("takes nothing from a rollout that a newer one has overtaken but how it ended", () => {
    const slow = rollout("a", "proven");
    const fast = rollout("b", "proven").map((event) =>
      event.event === "rollout-opened" ? { ...event, token: 2 } : event,
    );
    let state = emptyState("L", "app", "uat");
    const scopes = { slow: openScope("slow"), fast: openScope("fast") };
    for (const event of slow.slice(0, -1)) state = fold(state, event, scopes.slow);
    for (const event of fast) state = fold(state, event, scopes.fast);
    const after = fold(state, slow.at(-1) as RolloutEvent, scopes.slow);
    assert.equal(after.proven.web?.m1?.commit, commitOf("b"));
    assert.equal(after.intended?.commit, commitOf("b"));
    assert.deepEqual(
      after.revisions.map(({ commit }) => commit[0]),
      ["b"],
    );
  });

  it("does not call proven what a rollout has touched and not read since", () => {
    const [opened, , evidence, closed] = rollout("b", "failed");
    if (!opened || !evidence || !closed || opened.event !== "rollout-opened") assert.fail();
    const place = { component: "web", target: "m1" };
    const step = {
      ...place,
      name: "switch",
      action: "x",
      reason: "",
      timeoutSeconds: 1,
      retries: 0,
      once: false,
      takesOver: true,
      input: {},
    };
    const early = { ...step, takesOver: false };
    const steps = [{ ...early, name: "upload" }, { ...early, name: "build", command: true }, step];
    const target = { ...place, after: [], reason: "", steps };
    const plan = {
      application: "app",
      environment: "uat",
      intent: "deploy",
      revision: opened.revision,
      targets: [target],
    } as const;
    const planned: RolloutEvent = { event: "planned", at, plan: { ...plan, targets: [target] } };
    const started = (name: string): RolloutEvent => ({ event: "step-started", at, ...place, name });
    const before = foldAll(rollout("a", "proven"), [opened, planned, started("upload"), closed]);
    assert.equal(before.verdicts.web?.m1?.verdict, "proven", "nothing that runs was touched");
    assert.equal(before.intended?.commit, commitOf("a"));
    const command = foldAll(rollout("a", "proven"), [opened, planned, started("build"), closed]);
    assert.equal(command.verdicts.web?.m1?.verdict, "unknown", "a command may do anything");
    assert.match(command.verdicts.web?.m1?.reason ?? "", /ran build on it/);
    assert.equal(command.intended?.commit, commitOf("a"), "it still should run");
    const after = foldAll(rollout("a", "proven"), [opened, planned, started("build"), started("switch"), closed]);
    assert.equal(after.verdicts.web?.m1?.verdict, "unknown");
    assert.equal(after.intended?.commit, commitOf("b"));
    assert.deepEqual([after.intended?.intent, after.intended?.proven], ["deploy", false]);
  });

  it("names no commit as running where nothing runs, whatever lies there", () => {
    const events = rollout("a", "failed", "prove", "proven").flatMap((event): RolloutEvent[] => {
      if (event.event !== "evidence") return [event];
      const gone = { verdict: "refuted", code: "process-missing", reason: "pid 7 is not alive" } as const;
      return [event, { ...event, evidence: { ...event.evidence, ...gone, claim: "process", readings: [] } }, event];
    });
    const verdict = foldAll(rollout("a", "proven"), events).verdicts.web?.m1;
    assert.deepEqual([verdict?.verdict, verdict?.commit], ["refuted", ""]);
  });

  it("takes nothing from a change whose record comes after a newer rollout's", () => {
    const slow = rollout("a", "failed");
    const fast = rollout("b", "proven").map((event) =>
      event.event === "rollout-opened" ? { ...event, token: event.token + 1 } : event,
    );
    const [opened, ...rest] = slow;
    assert.ok(opened?.event === "rollout-opened");
    const place = { component: "web", target: "m1" };
    const step = { ...place, name: "switch", action: "x", reason: "", timeoutSeconds: 1, retries: 0, once: false };
    const target = { ...place, after: [], reason: "", steps: [{ ...step, takesOver: true, input: {} }] };
    const plan = { application: "app", environment: "uat", intent: "deploy" as const, revision: opened.revision };
    const planned: RolloutEvent = { event: "planned", at, plan: { ...plan, targets: [target] } };
    const late: RolloutEvent = { event: "step-started", at, ...place, name: "switch" };
    const scopes = [openScope("A"), openScope("B")] as const;
    let state = emptyState("L", "app", "uat");
    for (const event of [opened, planned]) state = fold(state, event, scopes[0]);
    for (const event of fast) state = fold(state, event, scopes[1]);
    const before = state;
    for (const event of [late, ...rest.filter((each) => each.event === "rollout-closed")])
      state = fold(state, event, scopes[0]);
    assert.deepEqual(state.intended, before.intended);
    assert.deepEqual(state.verdicts, before.verdicts);
  });

  it("withdraws what was rolled back from, and a new deploy of it counts again", () => {
    const back = foldAll(
      rollout("a", "proven"),
      rollout("b", "proven"),
      rollout("c", "proven"),
      rollout("b", "proven", "rollback"),
    );
    assert.deepEqual(
      back.revisions.map(({ commit, withdrawn }) => [commit[0], withdrawn ?? false]),
      [
        ["b", false],
        ["c", true],
        ["a", false],
      ],
    );
    const again = foldAll(
      rollout("a", "proven"),
      rollout("b", "proven"),
      rollout("a", "proven", "rollback"),
      rollout("b", "proven"),
    );
    assert.deepEqual(
      again.revisions.map(({ commit, withdrawn }) => [commit[0], withdrawn ?? false]),
      [
        ["b", false],
        ["a", false],
      ],
    );
  });

  it("does not let a proof hide a rollout that never ended", () => {
    const open = rollout("a", "proven").slice(0, 2);
    const state = foldAll(open, rollout("a", "proven", "prove"));
    assert.equal(state.last?.id, "R-a-deploy");
    assert.equal(state.last?.outcome, undefined);
  });

  it("knows a step that must run once as begun until its end is written", () => {
    const once = { at, component: "web", target: "m1", name: "migrate", digest: "sha256:a", token: 1 };
    const begun = foldAll([{ event: "once-started", ...once }]);
    assert.equal(begun.once.web?.migrate?.[0]?.result, undefined);
    const ended = foldAll([
      { event: "once-started", ...once },
      { event: "once-ended", ...once },
    ]);
    assert.equal(ended.once.web?.migrate?.[0]?.result, "done");
    const other = { ...once, digest: "sha256:b" };
    const both = foldAll([
      { event: "once-started", ...once },
      { event: "once-ended", ...other },
    ]);
    assert.deepEqual(
      both.once.web?.migrate?.map(({ digest, result }) => [digest, result]),
      [
        ["sha256:b", "done"],
        ["sha256:a", undefined],
      ],
    );
    const failed = foldAll([{ event: "once-ended", ...once, error: { code: "step-failed", message: "no" } }]);
    assert.equal(failed.once.web?.migrate?.[0]?.result, "failed");
  });
});
