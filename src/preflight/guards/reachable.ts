import type { Finding } from "../../model/finding.ts";
import { isOffByDesign, type SurveyedPlace } from "../../providers/surveyed.ts";
import type { Guard } from "../guard.ts";

/** Every target was read. One that is off, refuses us or cannot be understood is not a target without problems. */
export const reachableGuard: Guard = ({ surveyed }) => {
  const [accounts, targets] = [surveyed.filter(({ place }) => place.aws), surveyed.filter(({ place }) => !place.aws)];
  return [...targets.flatMap(findingsOf), ...toldOnce(accounts.flatMap(findingsOf))];
};

/** What stands in the way of every place of an account alike, such as that it is another's, is one thing to mend. */
function toldOnce(findings: readonly Finding[]): Finding[] {
  const same = Map.groupBy(findings, ({ code, message }) => `${code}\0${message}`);
  return [...same.values()].flatMap(([first, ...others]) => {
    if (!first || others.length === 0) return first ?? [];
    const { component: _component, target: _target, ...shared } = first;
    return shared;
  });
}

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
