import type { Finding } from "../../model/finding.ts";
import type { Place } from "../../model/place.ts";
import type { TemplateFacts } from "./facts.ts";
import type { TemplateSpec, TemplateTarget } from "./spec.ts";

/** Checks before the first write; reads only. All findings at once, each with what to do about it. */
export async function guards(_place: Place<TemplateSpec, TemplateTarget>, _facts: TemplateFacts): Promise<Finding[]> {
  return [];
}
