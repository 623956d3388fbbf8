import type { Place } from "../../model/place.ts";
import type { Context, Survey } from "../provider.ts";
import type { TemplateSpec, TemplateTarget } from "./spec.ts";

/** What is read of a target before planning. Plain data: plans are made from nothing else. */
export interface TemplateFacts {
  /** What the running unit says that it runs; null when none runs. */
  running: { commit: string; digest: string } | null;
}

/**
 * Reads the target. Until this asks the unit itself, the answer is `unknown`: never an empty reading, which would look
 * like a target where nothing runs.
 */
export async function survey(
  place: Place<TemplateSpec, TemplateTarget>,
  _context: Context,
): Promise<Survey<TemplateFacts>> {
  const message = `reading ${place.spec.name} on ${place.at.host} is not built yet`;
  return { state: "unknown", finding: { code: "not-in-this-version", level: "block", message } };
}
