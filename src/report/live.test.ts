import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { at, evidence, plan } from "../../test/helpers/sample-answers.ts";
import type { Progress } from "../model/progress.ts";
import { advance, draw, drawEnd, type Live, liveStart } from "./live.ts";
import { painter } from "./paint.ts";
import { plainLine } from "./plain.ts";
import { width } from "./table.ts";
import { clock } from "./time.ts";

const place = { component: "app", target: "scheduler" };
const started: Progress[] = [
  { event: "stage", at, stage: "execute" },
  { event: "planned", at, plan },
  { event: "step-started", at, ...place, name: "upload" },
  { event: "step-output", at, ...place, name: "upload", line: "x".repeat(500) },
];
const after = (...events: Progress[]): Live => events.reduce(advance, liveStart);
const show = (live: Live, columns = 60) => draw(live, new Date("2026-11-20T10:00:20.000Z"), columns, painter(false));

describe("the task list", () => {
  it("shows each target's step, the time it takes and its last line, and no line is wider than the terminal", () => {
    const lines = show(after(...started));
    assert.equal(lines[0], "▸ app on scheduler  1/3 upload  20 s");
    assert.equal(lines[2], "· app on frontend   left alone");
    assert.equal(lines.at(-1), "execute 20 s");
    for (const columns of [5, 20, 60])
      assert.ok(show(after(...started), columns).every((line) => width(line) <= columns));
  });

  it("keeps a refutation, whatever is proven after it", () => {
    const live = after(
      ...started,
      { event: "evidence", at, evidence: evidence({ verdict: "refuted", claim: "files" }) },
      { event: "evidence", at, evidence: evidence() },
    );
    assert.equal(show(live)[0], "✘ app on scheduler  files refuted");
  });

  it("shows what a proof waits for, until there is a verdict", () => {
    const waiting = { event: "awaiting", at, ...place, message: "version: the old one answers" } as const;
    assert.deepEqual(show(after(...started, waiting)).slice(0, 2), [
      "▸ app on scheduler  proving",
      "    │ version: the old one answers",
    ]);
    const live = after(...started, waiting, { event: "evidence", at, evidence: evidence() });
    assert.ok(!show(live).join("\n").includes("the old one"));
  });

  it("keeps a failed step failed", () => {
    const error = { code: "step-failed", message: "exit status 1" } as const;
    const live = after(
      ...started,
      { event: "step-ended", at, step: { ...place, name: "upload", result: "failed", error } },
      { event: "evidence", at, evidence: evidence() },
    );
    assert.equal(show(live)[0], "✘ app on scheduler  upload failed");
  });
});

describe("what stays of the task list", () => {
  const times = { startedAt: at, endedAt: "2026-11-20T10:00:02.000Z" };
  const error = { code: "step-failed", message: "exit status 1" } as const;
  const steps: Progress[] = [
    { event: "step-ended", at, step: { ...place, ...times, name: "upload", result: "done" } },
    { event: "step-ended", at, step: { ...place, name: "schema", result: "unchanged", reason: "nothing is left" } },
    { event: "step-ended", at, step: { ...place, ...times, name: "migrate", result: "failed", error } },
    { event: "step-ended", at, step: { ...place, name: "restart", result: "not-reached", reason: "it comes after" } },
  ];
  const closed = (outcome: "failed" | "proven"): Progress => {
    return { event: "rollout-closed", at, rollout: "R1", outcome: { outcome, reasons: [], deferred: [] } };
  };
  const end = (...events: Progress[]) => drawEnd(after(...started, ...events), 60, painter(false));

  it("is how the steps ended, when the rollout did not end well", () => {
    assert.deepEqual(end(...steps, closed("failed")), [
      "✘ app on scheduler  migrate failed",
      "    ✔ upload   2 s",
      "    · schema   unchanged",
      "    ✘ migrate  2 s",
      "    · restart  not reached",
    ]);
  });

  it("is nothing when all is proven, nothing was begun, or a question is asked meanwhile", () => {
    assert.deepEqual(end(...steps, closed("proven")), []);
    assert.deepEqual(end(closed("failed")), []);
    assert.deepEqual(end(...steps), []);
  });
});

describe("plain progress", () => {
  it("is one timed line per event, even when the text has several", () => {
    const line = plainLine({ event: "evidence", at, evidence: evidence({ reason: "a\nb" }) });
    assert.equal(line, `${clock(at)} app on scheduler process proven: a b`);
  });

  it("tells what a proof waits for, and where", () => {
    const line = plainLine({ event: "awaiting", at, ...place, message: "version: the old one answers" });
    assert.equal(line, `${clock(at)} app on scheduler: version: the old one answers`);
  });

  it("leaves out what the answer tells anyway", () => {
    assert.equal(plainLine({ event: "planned", at, plan }), null);
  });
});
