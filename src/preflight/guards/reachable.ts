import type { Finding } from "../../model/finding.ts";
import { isOffByDesign, type SurveyedPlace } from "../../providers/surveyed.ts";
import type { Guard } from "../guard.ts";
import { toldOnce } from "../told-once.ts";

/** Every target was read. One that is off, refuses us or cannot be understood is not a target without problems. */
export const reachableGuard: Guard = ({ surveyed }) =>
  toldOnce(surveyed.map((found) => ({ place: found.place, findings: findingsOf(found) })));

function findingsOf(found: SurveyedPlace): Finding[] {
  const { place, survey } = found;
  const { component, target } = place;
  if (survey.state !== "read" && isOffByDesign(found)) {
    const message = `${survey.finding.message}; it is on-demand, so it is left out, and owes this revision once that is proven`;
    return [{ code: "target-deferred", level: "warning", component, target, message }];
  }
  if (survey.state !== "read") return [{ ...survey.finding, component, target }];
  if (survey.busy === null) return [];
  return [{ code: "target-busy", level: "block", component, target, message: survey.busy }];
}
