import type { Evidence } from "../../model/evidence.ts";
import type { Place } from "../../model/place.ts";
import type { Context, Wanted } from "../provider.ts";
import type { TemplateSpec, TemplateTarget } from "./spec.ts";

/**
 * Reads the running unit, after the change. Only what the unit itself says is a reading: not the answer of the call that
 * changed it, not a label that we wrote. What cannot be read is `unknown`; a unit that says another revision is `refuted`.
 */
export async function prove(
  place: Place<TemplateSpec, TemplateTarget>,
  wanted: Wanted,
  _context: Context,
): Promise<Evidence[]> {
  const { component, target } = place;
  const reason = `reading ${place.spec.name} on ${place.at.host} is not built yet`;
  return [
    {
      component,
      target,
      claim: "running",
      expected: wanted.commit,
      readings: [],
      verdict: "unknown",
      reason,
      code: "no-evidence",
    },
  ];
}
