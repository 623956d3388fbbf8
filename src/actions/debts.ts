import type { Debt, Outcome } from "../model/outcome.ts";
import { componentCommit } from "../model/revision.ts";
import type { State } from "../model/state.ts";
import { isOffByDesign, type SurveyedPlace } from "../providers/surveyed.ts";
import type { Scene } from "./scene.ts";

/** What the targets that are off by design owe: the revision, since the first rollout that they missed. */
export function debtsOf(scene: Scene, state: State, surveyed: readonly SurveyedPlace[], now: Date): Debt[] {
  const { revision } = scene.resolved;
  return surveyed.filter(isOffByDesign).map(({ place: { component, target } }) => {
    const older = state.debts.find((debt) => debt.component === component && debt.target === target);
    return {
      component,
      target,
      commit: componentCommit(revision, component),
      digest: revision.components[component] ?? "",
      since: older?.since ?? now.toISOString(),
      reason: "it is off (on-demand)",
    };
  });
}

/** Only what is proven is owed: a target that was off during a rollout that failed owes what it owed before, if anything. */
export function stillOwed(outcome: Outcome, state: State): Outcome {
  if (outcome.outcome === "proven") return outcome;
  const before = outcome.deferred.flatMap(
    ({ component, target }) => state.debts.find((debt) => debt.component === component && debt.target === target) ?? [],
  );
  return { ...outcome, deferred: before };
}
