import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rolloutAnswer } from "../../test/helpers/sample-answers.ts";
import type { EnvironmentStatus } from "../model/answers.ts";
import { userError } from "../model/errors.ts";
import { OutcomeName } from "../model/outcome.ts";
import { endingOf as rolloutEnding } from "./commands/rollout-reply.ts";
import { endingOf as statusEnding } from "./commands/status.ts";
import { exitCode } from "./exit-codes.ts";
import { refusal } from "./refusal.ts";

const debt = { component: "app", target: "m2", commit: "c", digest: "d", since: "s", reason: "off" };

describe("the exit code of a rollout", () => {
  it("is that of its outcome, for every outcome there is", () => {
    const codes = OutcomeName.options.map((outcome) => {
      const ending = rolloutEnding(rolloutAnswer({ outcome: { outcome, reasons: [], deferred: [] } }), false);
      return [outcome, exitCode(ending)];
    });
    assert.deepEqual(Object.fromEntries(codes), {
      proven: 0,
      failed: 1,
      blocked: 3,
      unproven: 4,
      interrupted: 4,
      cancelled: 130,
    });
  });

  it("is 2 when the manifest or the command line was at fault, and 3 when a guard refused", () => {
    const outcome = { outcome: "blocked" as const, reasons: [], deferred: [] };
    assert.equal(exitCode(rolloutEnding(rolloutAnswer({ outcome, invalid: true }), false)), 2);
    assert.equal(exitCode(rolloutEnding(rolloutAnswer({ outcome }), false)), 3);
  });

  it("is 5 for debts only with --no-deferred, and never hides a failure", () => {
    const proven = rolloutAnswer({ outcome: { outcome: "proven", reasons: [], deferred: [debt] } });
    assert.equal(exitCode(rolloutEnding(proven, false)), 0);
    assert.equal(exitCode(rolloutEnding(proven, true)), 5);
    const failed = rolloutAnswer({ outcome: { outcome: "failed", reasons: [], deferred: [debt] } });
    assert.equal(exitCode(rolloutEnding(failed, true)), 1);
  });
});

describe("the exit code of status", () => {
  const environment: EnvironmentStatus = { environment: "uat", state: null, holder: null, rows: [], findings: [] };
  const live = (outcome: OutcomeName, invalid = false): EnvironmentStatus => ({
    ...environment,
    live: { evidence: [], outcome: { outcome, reasons: [], deferred: [] }, invalid },
  });
  const code = (...environments: EnvironmentStatus[]) =>
    exitCode(statusEnding({ application: null, ledger: null, environments }));

  it("is 0 without --live, 1 on drift, and 4 when what runs could not be read", () => {
    assert.equal(code(environment), 0);
    assert.equal(code(live("proven")), 0);
    assert.equal(code(live("failed")), 1);
    assert.equal(code(live("unproven")), 4);
  });

  it("is that of the worst environment: a good one does not hide one that could not be read", () => {
    assert.equal(code(live("proven"), live("unproven")), 4);
    assert.equal(code(live("proven"), live("blocked", true)), 2);
    assert.equal(code(live("unproven"), live("failed"), live("proven")), 1);
  });
});

describe("what is thrown", () => {
  it("as the user's mistake ends as the mistake says, with its findings", () => {
    const codes = (["invalid", "blocked", "failed", "unproven"] as const).map((kind) => {
      const reply = refusal(userError(kind, "usage", "no"));
      assert.deepEqual(reply.body, { findings: [{ code: "usage", level: "block", message: "no" }] });
      return exitCode(reply.ending);
    });
    assert.deepEqual(codes, [2, 3, 1, 4]);
  });

  it("by a mistake of ours is told as one, and its stack only when asked for", () => {
    const reply = refusal(new TypeError("x is undefined"));
    const plain = (_style: string, text: string) => text;
    assert.equal(exitCode(reply.ending), 1);
    assert.match(reply.text(plain), /x is undefined {2}→ landfall explain internal/);
    assert.doesNotMatch(reply.text(plain), /at /);
    assert.match(refusal(new TypeError("x"), { debug: true }).text(plain), /\n {4}at /);
  });
});
