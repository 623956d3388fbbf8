import type { ResolvedPlace } from "../model/place.ts";
import type { Provider, Survey } from "./provider.ts";

/** A place that was read: what later stages work on. */
export interface SurveyedPlace {
  place: ResolvedPlace;
  provider: Provider;
  survey: Survey<unknown>;
}
