import { componentCommit } from "../model/revision.ts";
import type { State } from "../model/state.ts";
import type { AssembledPlan, PlanRequest } from "../plan/assemble-plan.ts";
import type { GuardInput } from "../preflight/guard.ts";
import type { SurveyedPlace } from "../providers/surveyed.ts";
import type { Attempt } from "./attempt.ts";
import { bytesOf, filesOf, type Scene } from "./scene.ts";
import { pairsOfRunning, type Word, wantedAt } from "./wanted.ts";

/** What the plan is made from: the revision, what was read, and what the ledger knows. */
export async function planInput(
  intent: PlanRequest["intent"],
  scene: Scene,
  state: State,
  surveyed: readonly SurveyedPlace[],
  word: Word,
): Promise<PlanRequest> {
  return {
    application: scene.environment.application,
    environment: scene.environment.environment,
    intent,
    revision: scene.resolved.revision,
    surveyed,
    wanted: wantedAt(scene, state, await pairsOfRunning(scene, state, surveyed), word),
  };
}

/** What the guards look at. */
export function guardInput(
  scene: Scene,
  surveyed: readonly SurveyedPlace[],
  { places, plan }: AssembledPlan,
  attempt: Attempt,
): GuardInput {
  return {
    environment: scene.environment.environment,
    intent: plan.intent,
    branches: scene.environment.branches,
    revision: scene.resolved.revision,
    changed: scene.resolved.changed,
    manifestChanged: scene.resolved.manifestChanged,
    surveyed,
    places,
    sourceBytes: (component) => bytesOf(scene, component),
    sourceOf: (component) => ({
      repository: scene.resolved.sources[component]?.repository ?? scene.directory,
      commit: componentCommit(scene.resolved.revision, component),
      files: filesOf(scene, component),
    }),
    context: attempt.readingContext(scene.directory),
  };
}
