import type { ResolvedPlace } from "../model/place.ts";
import type { Mistake } from "./issues.ts";

/** Components, or environments, of one account that would change the same thing, such as one stack: each would undo what the other did. */
export function sameOwnedMistakes<P extends Pick<ResolvedPlace, "component" | "environment" | "aws">>(
  places: readonly P[],
  ownedBy: (place: P) => readonly string[],
): Mistake[] {
  const first = new Map<string, P>();
  return places.flatMap((place) =>
    ownedBy(place).flatMap((owned): Mistake[] => {
      const id = JSON.stringify([place.aws?.account, place.aws?.region, owned]);
      const other = first.get(id);
      const { component, environment } = place;
      first.set(id, other ?? place);
      if (other === undefined) return [];
      if (other.environment !== environment) {
        const message = `component \`${component}\` of ${environment} and component \`${other.component}\` of ${other.environment} have the same ${owned}`;
        return [{ code: "bad-value", message, path: ["environments", environment, "aws"], part: "key" }];
      }
      if (other.component === component) return [];
      const message = `components \`${other.component}\` and \`${component}\` have the same ${owned}`;
      return [{ code: "bad-value", message, path: ["components", component], part: "key" }];
    }),
  );
}
