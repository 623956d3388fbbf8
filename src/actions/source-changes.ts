import type { SourceChange } from "../model/source-change.ts";
import type { State } from "../model/state.ts";
import { changesSinceProven } from "../revision/changes.ts";
import type { Scene } from "./scene.ts";

/** Why each place of the environment is, or is not, to be given the revision: what changed since the last one proven there. */
export async function sourceChanges(scene: Scene, state: State): Promise<SourceChange[]> {
  const places = scene.environment.places.map(({ component, target }) => ({
    component,
    target,
    proven: state.proven[component]?.[target],
  }));
  return await changesSinceProven(places, { sources: scene.resolved.sources, paths: scene.paths });
}
