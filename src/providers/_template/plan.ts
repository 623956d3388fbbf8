import type { Place } from "../../model/place.ts";
import type { PlacePlan, Wanted } from "../provider.ts";
import type { TemplateFacts } from "./facts.ts";
import type { TemplateSpec, TemplateTarget } from "./spec.ts";

/** Facts in, steps out; reads nothing. A step that would change nothing is left out, and the reason says so. */
export function plan(place: Place<TemplateSpec, TemplateTarget>, facts: TemplateFacts, wanted: Wanted): PlacePlan {
  const nothing = { steps: [], settled: [], findings: [] };
  if (facts.running?.digest === wanted.digest && !wanted.force)
    return { ...nothing, reason: `already runs ${facts.running.commit.slice(0, 7)}, the same source` };
  const step = {
    component: place.component,
    target: place.target,
    name: "change",
    action: "change",
    reason: "another revision runs",
    timeoutSeconds: 600,
    retries: 0,
    once: false,
    takesOver: true,
    input: {},
  };
  return {
    ...nothing,
    reason: facts.running ? `runs ${facts.running.commit.slice(0, 7)}` : "nothing runs here yet",
    steps: [step],
  };
}
