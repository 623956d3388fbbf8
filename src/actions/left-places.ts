import type { Finding } from "../model/finding.ts";
import { placeName } from "../model/place.ts";
import { shortCommit } from "../model/revision.ts";
import type { State } from "../model/state.ts";
import type { Scene } from "./scene.ts";

/**
 * A warning for each place that the ledger knows and the manifest has no more. A deploy does nothing to it, so what was
 * deployed there may go on running, unwatched. Once a deploy of the whole is proven, the ledger lets go of it too.
 *
 * @param components those that were asked for; none: all of them. Only then is it known what is missing.
 */
export function leftPlaces(
  { environment }: Scene,
  { verdicts, debts, proven }: State,
  components: readonly string[],
): Finding[] {
  if (components.length > 0) return [];
  const present = new Set(environment.places.map(placeName));
  const read = Object.entries(verdicts).flatMap(([component, targets]) =>
    Object.keys(targets).map((target) => ({ component, target })),
  );
  const owing = debts.map(({ component, target }) => ({ component, target }));
  const left = new Map([...read, ...owing].map((place) => [placeName(place), place]));
  return [...left.values()]
    .filter((place) => !present.has(placeName(place)))
    .map((place): Finding => {
      const last = proven[place.component]?.[place.target];
      const what = last
        ? `${shortCommit(last.commit)}, which was proven there ${last.at.slice(0, 10)},`
        : "what is there";
      const message = `${placeName(place)} is not in the manifest any more: ${what} is left as it is, and may still run`;
      const fix = "stop it there and remove it, or put it back into the manifest";
      return { code: "left-the-manifest", level: "warning", ...place, message, fix };
    });
}
