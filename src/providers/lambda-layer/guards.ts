import type { Finding } from "../../model/finding.ts";
import { bucketFindings } from "../cloudformation/guards.ts";
import type { PlacePlan } from "../provider.ts";
import type { LayerFacts } from "./facts.ts";
import type { LayerPlace } from "./spec.ts";

/** Checks before the first write, from what the survey read. */
export async function guards(place: LayerPlace, { bucket }: LayerFacts, plan: PlacePlan): Promise<Finding[]> {
  return plan.steps.length === 0 ? [] : bucketFindings(place, bucket);
}
