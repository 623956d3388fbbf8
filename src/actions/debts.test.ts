import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { emptyState } from "../ledger/fold.ts";
import type { Debt, Outcome } from "../model/outcome.ts";
import { stillOwed } from "./debts.ts";

const debt = (commit: string): Debt => ({
  ...{ component: "app", target: "frontend", commit, digest: `sha256:${commit}` },
  ...{ since: "2026-01-01T00:00:00Z", reason: "it is off (on-demand)" },
});
const ended = (outcome: Outcome["outcome"]): Outcome => ({ outcome, reasons: [], deferred: [debt("new")] });
const state = (...debts: Debt[]) => ({ ...emptyState("l", "shop", "uat"), debts });

describe("a target that was off", () => {
  it("owes the revision that was proven meanwhile", () => {
    assert.deepEqual(stillOwed(ended("proven"), state(debt("old"))).deferred, [debt("new")]);
  });

  it("does not owe a revision that failed: only what it owed before, if anything", () => {
    assert.deepEqual(stillOwed(ended("failed"), state(debt("old"))).deferred, [debt("old")]);
    assert.deepEqual(stillOwed(ended("unproven"), state()).deferred, []);
  });
});
