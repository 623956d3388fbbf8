import type { Debt } from "../model/outcome.ts";
import type { State } from "../model/state.ts";
import { isOffByDesign, type SurveyedPlace } from "../providers/surveyed.ts";
import type { Scene } from "./scene.ts";

/** What the targets that are off by design owe: the revision, since the first rollout that they missed. */
export function debtsOf(scene: Scene, state: State, surveyed: readonly SurveyedPlace[], now: Date): Debt[] {
  const { commit, components } = scene.resolved.revision;
  return surveyed.filter(isOffByDesign).map(({ place: { component, target } }) => {
    const older = state.debts.find((debt) => debt.component === component && debt.target === target);
    return {
      component,
      target,
      commit,
      digest: components[component] ?? "",
      since: older?.since ?? now.toISOString(),
      reason: "it is off (on-demand)",
    };
  });
}
