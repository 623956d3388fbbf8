import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Plan } from "./plan.ts";
import { planDifferences, planId } from "./plan-id.ts";
import type { PlannedStep } from "./step.ts";

const step = (name: string, more: Partial<PlannedStep> = {}): PlannedStep => ({
  component: "web",
  target: "m1",
  name,
  action: name,
  reason: "the release is not there",
  timeoutSeconds: 60,
  retries: 0,
  once: false,
  takesOver: false,
  input: { release: "r1", nested: { a: 1, b: [1, 2] } },
  ...more,
});

const plan = (more: Partial<Plan> = {}): Plan => ({
  application: "app",
  environment: "production",
  intent: "deploy",
  revision: {
    repository: "r",
    commit: "3f9c2e1".padEnd(40, "0"),
    committedAt: "2026-01-01T00:00:00Z",
    subject: "Sell more",
    branches: ["main"],
    dirty: false,
    components: { web: "sha256:1" },
  },
  targets: [
    { component: "web", target: "m1", after: [], reason: "runs 81aa0d3", steps: [step("lay"), step("restart")] },
    { component: "web", target: "m2", after: ["m1"], reason: "already runs it", steps: [] },
  ],
  ...more,
});

const hashOf = (given: Plan, manifest = "sha256:m") => planId(given, manifest).hash;
const withSteps = (...steps: PlannedStep[]) => {
  const [first, ...rest] = plan().targets;
  assert.ok(first);
  return plan({ targets: [{ ...first, steps }, ...rest] });
};
const { revision, targets } = plan();

describe("a plan's hash", () => {
  it("is the same for what changes by itself: reasons, times, subjects, branches, the order of an input's keys", () => {
    const quiet = plan({
      revision: { ...revision, subject: "other", branches: [], committedAt: "", repository: "elsewhere" },
      targets: targets.map((target) => ({ ...target, reason: "up 12 s" })),
    });
    assert.equal(hashOf(quiet), hashOf(plan()));
    const input = { nested: { b: [1, 2], a: 1 }, release: "r1" };
    const same = withSteps(step("lay", { input, reason: "because", timeoutSeconds: 5, retries: 3 }), step("restart"));
    assert.equal(hashOf(same), hashOf(plan()));
  });

  const changes: [what: string, plan: Plan, told: string][] = [
    ["another environment", plan({ environment: "uat" }), "environment (production → uat)"],
    ["another application", plan({ application: "b" }), "application (app → b)"],
    [
      "another commit",
      plan({ revision: { ...revision, commit: "81aa0d3".padEnd(40, "0") } }),
      "commit (3f9c2e1 → 81aa0d3)",
    ],
    ["another source", plan({ revision: { ...revision, components: { web: "sha256:2" } } }), "source of web"],
    [
      "a component more",
      plan({ revision: { ...revision, components: { web: "sha256:1", job: "sha256:3" } } }),
      "source of job",
    ],
    ["a step less", withSteps(step("lay")), "web on m1 (lay, restart → lay)"],
    ["steps in another order", withSteps(step("restart"), step("lay")), "web on m1 (lay, restart → restart, lay)"],
    ["another action", withSteps(step("lay", { action: "x" }), step("restart")), "step lay of web on m1"],
    ["another input", withSteps(step("lay", { input: {} }), step("restart")), "step lay of web on m1"],
    [
      "a list in another order",
      withSteps(step("lay", { input: { release: "r1", nested: { a: 1, b: [2, 1] } } }), step("restart")),
      "step lay of web on m1",
    ],
    ["targets in another order", plan({ targets: [...targets].reverse() }), "the order of targets"],
  ];
  for (const [what, changed, told] of changes)
    it(`is another for ${what}, and the difference is named`, () => {
      assert.notEqual(hashOf(changed), hashOf(plan()));
      const before = planId(plan(), "sha256:m").parts;
      assert.deepEqual(planDifferences(before, planId(changed, "sha256:m").parts), [told]);
      assert.equal(planDifferences(planId(changed, "sha256:m").parts, before).length, 1);
    });

  it("is another for another manifest: it says where targets are and what proves them", () => {
    assert.notEqual(hashOf(plan(), "sha256:n"), hashOf(plan()));
    const [before, after] = [planId(plan(), "sha256:m"), planId(plan(), "sha256:n")];
    assert.deepEqual(planDifferences(before.parts, after.parts), ["the manifest"]);
  });

  it("tells a target that is left alone from one that is not there", () => {
    const [first] = targets;
    assert.ok(first);
    const words = planDifferences(planId(plan(), "").parts, planId(plan({ targets: [first] }), "").parts);
    assert.deepEqual(words, ["the order of targets", "web on m2 (left alone → not there)"]);
  });

  it("differs for any two inputs that differ, and is the same for equal ones", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()), (a, b) => {
        const of = (input: PlannedStep["input"]) => hashOf(withSteps(step("lay", { input })));
        const [left, right] = [JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b))];
        let same = true;
        try {
          assert.deepStrictEqual(left, right);
        } catch {
          same = false;
        }
        assert.equal(of(left) === of(right), same);
      }),
    );
  });
});
