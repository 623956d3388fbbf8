import type { Finding } from "../model/finding.ts";
import type { ResolvedPlace } from "../model/place.ts";
import type { Intent, Plan } from "../model/plan.ts";
import type { Revision } from "../model/revision.ts";
import type { PlacePlan, Wanted } from "../providers/provider.ts";
import type { SurveyedPlace } from "../providers/surveyed.ts";

export interface PlanRequest {
  application: string;
  environment: string;
  intent: Intent;
  revision: Revision;
  surveyed: readonly SurveyedPlace[];
  wanted: (place: ResolvedPlace) => Wanted;
  /** What was found of all places together. */
  findings: readonly Finding[];
}

export interface AssembledPlan {
  plan: Plan;
  /** The provider's own plan of each place, in the order of `plan.targets`. */
  places: { place: ResolvedPlace; planned: PlacePlan }[];
  findings: Finding[];
}

/** Puts the providers' plans of all places into one. Pure. A place that could not be read has no steps, and says so. */
export function assemblePlan(request: PlanRequest): AssembledPlan {
  const places = request.surveyed.map(({ place, provider, survey }) => {
    const planned: PlacePlan =
      survey.state === "read"
        ? provider.plan(place, survey.facts, request.wanted(place))
        : { reason: survey.finding.message, steps: [], settled: [], findings: [] };
    return { place, planned };
  });
  return {
    plan: {
      application: request.application,
      environment: request.environment,
      intent: request.intent,
      revision: request.revision,
      targets: places.map(({ place, planned }) => ({
        component: place.component,
        target: place.target,
        after: [...place.after],
        reason: planned.reason,
        steps: planned.steps,
      })),
    },
    places,
    findings: [...request.findings, ...places.flatMap(({ planned }) => planned.findings)],
  };
}
