import type { Place } from "../../model/place.ts";
import type { PlannedStep, StepEnd } from "../../model/step.ts";
import type { Context, Work } from "../provider.ts";
import type { TemplateSpec, TemplateTarget } from "./spec.ts";

/**
 * Runs one step; the only place that changes a target. What goes wrong there is a result with a code, never an exception,
 * and a step whose token is older than one that the target has seen ends `fenced` without an effect.
 */
export async function run(
  step: PlannedStep,
  _place: Place<TemplateSpec, TemplateTarget>,
  _work: Work,
  _context: Context,
): Promise<StepEnd> {
  return { result: "failed", error: { code: "not-in-this-version", message: `${step.action} is not built yet` } };
}
