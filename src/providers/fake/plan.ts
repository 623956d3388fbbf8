import type { Place } from "../../model/place.ts";
import type { PlannedStep } from "../../model/step.ts";
import type { PlacePlan, Wanted } from "../provider.ts";
import type { FakeFacts } from "./facts.ts";
import type { FakeSpec, FakeTarget } from "./spec.ts";

/** The name under which the journal keeps a step that must run once. */
export function onceKey(step: string, digest: string): string {
  return `${step}@${digest}`;
}

export function plan(place: Place<FakeSpec, FakeTarget>, facts: FakeFacts, wanted: Wanted): PlacePlan {
  const none: PlacePlan = { reason: "", steps: [], settled: [], findings: [] };
  const same = facts.laid?.digest === wanted.digest && facts.running?.digest === wanted.digest;
  if (same && !wanted.force)
    return { ...none, reason: `already runs ${facts.running?.commit.slice(0, 7)}, the same source` };
  const planned: PlacePlan = {
    ...none,
    reason: facts.running ? `runs ${facts.running.commit.slice(0, 7)}` : "nothing runs here yet",
  };
  const step = (name: string, action: string, reason: string, once = false): PlannedStep => ({
    component: place.component,
    target: place.target,
    name,
    action,
    reason,
    timeoutSeconds: 60,
    retries: 0,
    once,
    takesOver: action === "restart",
    ...(action === "run" ? { command: true } : {}),
    input: {},
  });
  planned.steps.push(step("lay", "lay", "the release is not there"));
  for (const [name, { once, pending }] of Object.entries(place.spec.steps)) {
    if (once === undefined) planned.steps.push(step(name, "run", "the manifest lists it"));
    else if (wanted.runsOnce)
      addOnce(planned, step(name, "run", "it has not run for this source", true), pending, facts, wanted);
  }
  planned.steps.push(step("restart", "restart", "the unit must run the new release"));
  return planned;
}

function addOnce(
  planned: PlacePlan,
  step: PlannedStep,
  pending: string | undefined,
  facts: FakeFacts,
  wanted: Wanted,
): void {
  const known = wanted.once[step.name];
  const own = facts.once[onceKey(step.name, wanted.digest)];
  if (
    (known?.digest === wanted.digest && known.result === "done") ||
    own === "done" ||
    wanted.answers[step.name] === "done"
  ) {
    planned.settled.push({ name: step.name, result: "done" });
  } else if (own === "begun" && pending === undefined && wanted.answers[step.name] !== "rerun") {
    planned.findings.push({
      code: "once-unknown",
      level: "block",
      message: `${step.name} was begun and nothing says how it ended`,
    });
  } else planned.steps.push(step);
}
