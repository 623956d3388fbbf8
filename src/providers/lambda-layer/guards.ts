import { blocking, type Finding } from "../../model/finding.ts";
import { bucketFindings, templateFindings } from "../cloudformation/guards.ts";
import type { Context, PlacePlan, Wanted } from "../provider.ts";
import type { LayerFacts } from "./facts.ts";
import { objectOf } from "./object.ts";
import { ownLayer, rendered } from "./own-template.ts";
import type { LayerPlace, LayerSpec } from "./spec.ts";

/** Checks before the first write: the bucket, and what CloudFormation says of a template of the author's own. */
export async function guards(
  place: LayerPlace,
  { bucket }: LayerFacts,
  { plan, wanted }: { plan: PlacePlan; wanted: Wanted },
  context: Context,
): Promise<Finding[]> {
  if (plan.steps.length === 0) return [];
  const own = place.spec.template;
  return [
    ...bucketFindings(place, bucket),
    // What the plan found wrong with it is said better there.
    ...(own && blocking(plan.findings).length === 0
      ? await templateFindings(place, { ...own, text: asSent(place, own, wanted) }, context)
      : []),
  ];
}

/** The template as it will be sent, but for the digest: before the build nobody knows it. */
function asSent(place: LayerPlace, own: NonNullable<LayerSpec["template"]>, { texts }: Wanted): string | undefined {
  const found = ownLayer(own, texts[own.file]);
  if ("code" in found) return undefined;
  const digest = `sha256:${"0".repeat(64)}`;
  return rendered(found.template, found.id, { ...objectOf(place, digest), digest });
}
