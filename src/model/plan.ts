import { z } from "zod";
import { Revision } from "./revision.ts";
import { PlannedStep } from "./step.ts";

/** What a rollout is for. All kinds go through the same stages. */
export const Intent = z.enum(["deploy", "rollback", "prove", "sync"]);
export type Intent = z.infer<typeof Intent>;

/** What is to be done with one component on one target, and why: steps, or the reason for leaving it alone. */
export const PlannedTarget = z.object({
  component: z.string(),
  target: z.string(),
  after: z.array(z.string()).describe("targets that must be proven before this one starts"),
  reason: z.string(),
  steps: z.array(PlannedStep).describe("in order; empty when the target is left alone"),
});
export type PlannedTarget = z.infer<typeof PlannedTarget>;

/** The ordered steps of a rollout with a reason for each, and a reason for each thing left alone. */
export const Plan = z.object({
  application: z.string(),
  environment: z.string(),
  intent: Intent,
  revision: Revision,
  targets: z.array(PlannedTarget),
});
export type Plan = z.infer<typeof Plan>;

/** Whether the plan would change anything. */
export function changesNothing(plan: Plan): boolean {
  return plan.targets.every((target) => target.steps.length === 0);
}
