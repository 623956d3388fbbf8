import type { ResolvedPlace } from "../model/place.ts";
import type { Provider, Survey } from "./provider.ts";

/** A place that was read: what later stages work on. */
export interface SurveyedPlace {
  place: ResolvedPlace;
  provider: Provider;
  survey: Survey<unknown>;
}

/**
 * Whether a place is left out because it is off by design. Only silence counts: a machine that refuses us, hangs, or has a
 * name that does not resolve is not a machine that is switched off.
 */
export function isOffByDesign({ place, survey }: SurveyedPlace): boolean {
  return place.presence === "on-demand" && survey.state === "unreachable" && survey.finding.code === "host-off";
}
