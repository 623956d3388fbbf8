import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Evidence } from "../model/evidence.ts";
import type { StepResult } from "../model/step.ts";
import { type Case, judge } from "./judge.ts";

const place = { component: "web", target: "m1" };
const reading = { unit: "pid 1", identity: "a".repeat(40), source: "/proc", at: "2026-01-01T00:00:00Z" };
const claim = (more: Partial<Evidence> = {}): Evidence => ({
  ...place,
  claim: "service",
  expected: "a",
  readings: [reading],
  verdict: "proven",
  reason: "runs it",
  ...more,
});
const given = (more: Partial<Case> = {}): Case => ({
  places: [place],
  steps: [],
  evidence: [claim()],
  deferred: [],
  ...more,
});
const failedStep: StepResult = {
  ...place,
  name: "build",
  result: "failed",
  error: { code: "step-failed", message: "exit 1" },
};
const debt = { ...place, commit: "a", digest: "d", since: "now", reason: "off" };

describe("the judge", () => {
  it("says proven only when every place has a proven claim", () => {
    assert.equal(judge(given()).outcome, "proven");
    assert.equal(judge(given()).reasons[0]?.message, "runs it");
  });

  it("gives a failed step's own last words as the reason, and not the sign below them", () => {
    const error = { ...failedStep.error, output: ["reading", 'relation "jobs" does not exist', "      ^", ""] };
    const { reasons } = judge(given({ steps: [{ ...failedStep, error }] }));
    assert.equal(reasons[0]?.message, 'step build: exit 1: relation "jobs" does not exist');
  });

  it("gives one reason once, however many claims fail for it", () => {
    const gone = { verdict: "refuted" as const, reason: "there is no container" };
    const outcome = judge(given({ evidence: [claim(gone), claim({ ...gone, claim: "running" })] }));
    assert.equal(outcome.outcome, "failed");
    assert.deepEqual(
      outcome.reasons.map(({ message }) => message),
      ["there is no container"],
    );
  });

  it("does not repeat the last words that the reason has already", () => {
    const error = {
      ...failedStep.error,
      message: "likely cause: no file a (seen: No file: a)",
      output: ["No file: a"],
    };
    const { reasons } = judge(given({ steps: [{ ...failedStep, error }] }));
    assert.equal(reasons[0]?.message, "step build: likely cause: no file a (seen: No file: a)");
  });

  it("does not take an access log for what a candidate that answers wrongly has to say", () => {
    const error = { code: "candidate-refuted", message: "it answers abc", output: ['"GET /version" 200'] } as const;
    const { reasons } = judge(given({ steps: [{ ...failedStep, error: { ...error, output: [...error.output] } }] }));
    assert.equal(reasons[0]?.message, "step build: it answers abc");
  });

  it("says unproven for a place without any claim", () => {
    assert.equal(judge(given({ evidence: [] })).outcome, "unproven");
    const two = given({ places: [place, { component: "web", target: "m2" }] });
    assert.equal(judge(two).outcome, "unproven");
    assert.equal(judge(two).reasons[0]?.target, "m2");
  });

  it("does not take an unknown for good, whatever else is proven", () => {
    assert.equal(
      judge(given({ evidence: [claim(), claim({ claim: "version", verdict: "unknown" })] })).outcome,
      "unproven",
    );
  });

  it("does not believe a proven claim that rests on no reading, or on empty ones", () => {
    assert.equal(judge(given({ evidence: [claim({ readings: [] })] })).outcome, "unproven");
    assert.equal(
      judge(given({ evidence: [claim({ readings: [{ ...reading, identity: null }] })] })).outcome,
      "unproven",
    );
    assert.equal(judge(given({ evidence: [claim({ readings: [{ ...reading, identity: "" }] })] })).outcome, "unproven");
  });

  it("says failed for a refuted claim and for a failed step, before anything else", () => {
    const refuted = claim({ verdict: "refuted", reason: "runs another", code: "stale-process" });
    assert.deepEqual(judge(given({ evidence: [claim({ verdict: "unknown" }), refuted] })).reasons[0], {
      ...place,
      message: "runs another",
      code: "stale-process",
    });
    assert.equal(judge(given({ steps: [failedStep] })).outcome, "failed");
    assert.equal(
      judge(given({ steps: [failedStep], stopped: { by: "cancelled", message: "stop" } })).outcome,
      "failed",
    );
  });

  it("names every failure, not the first", () => {
    const outcome = judge(
      given({ steps: [failedStep], evidence: [claim({ verdict: "refuted", target: "m2", reason: "old" })] }),
    );
    assert.deepEqual(
      outcome.reasons.map((reason) => reason.target),
      ["m1", "m2"],
    );
  });

  it("says unproven when every target is deferred, and proven when the others are proven", () => {
    assert.equal(judge(given({ evidence: [], deferred: [debt] })).outcome, "unproven");
    const two = given({ places: [place, { component: "web", target: "m2" }], deferred: [{ ...debt, target: "m2" }] });
    assert.equal(judge(two).outcome, "proven");
  });

  it("does not call a step failed that was cut off by a person", () => {
    const cut: StepResult = {
      ...place,
      name: "build",
      result: "failed",
      error: { code: "cancelled", message: "cut off" },
    };
    const stopped = { by: "cancelled", message: "stop" } as const;
    assert.equal(judge(given({ steps: [cut], evidence: [], stopped })).outcome, "cancelled");
    assert.equal(judge(given({ steps: [cut], evidence: [] })).outcome, "failed");
  });

  it("says cancelled when it was stopped, and unproven when the lease was lost", () => {
    assert.equal(judge(given({ evidence: [], stopped: { by: "cancelled", message: "stop" } })).outcome, "cancelled");
    assert.equal(judge(given({ evidence: [], stopped: { by: "lease-lost", message: "gone" } })).outcome, "unproven");
  });
});
