import type { Finding } from "../../model/finding.ts";
import type { PlannedStep } from "../../model/step.ts";
import { seconds } from "../../model/text.ts";
import type { PlacePlan } from "../provider.ts";
import { type LayerPlace, stackOf } from "./spec.ts";

/** No steps, and why. */
export function leave(reason: string, findings: Finding[] = []): PlacePlan {
  return { reason, steps: [], settled: [], findings, withoutArtifact: true };
}

/** Brings the artifact under its digest into the bucket. */
export function uploadStep(place: LayerPlace, reason: string): PlannedStep {
  return step(place, "upload", reason, 1800, {});
}

/** @param removed names in the template of versions that leave the stack */
export function stackStep(
  place: LayerPlace,
  reason: string,
  removed: readonly string[],
  more: PlannedStep["input"] = {},
): PlannedStep {
  const input = { stack: stackOf(place), removed: [...removed], ...more };
  return { ...step(place, "stack", reason, seconds(place.spec.within), input), takesOver: true };
}

function step(
  place: LayerPlace,
  name: string,
  reason: string,
  timeoutSeconds: number,
  input: PlannedStep["input"],
): PlannedStep {
  const { component, target } = place;
  return {
    component,
    target,
    name,
    action: name,
    reason,
    timeoutSeconds,
    retries: 0,
    once: false,
    takesOver: false,
    input,
  };
}
