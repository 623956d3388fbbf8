import type { ResolvedPlace } from "../model/place.ts";
import type { Mistake } from "./issues.ts";

/** Components of one account that would change the same thing, such as one stack: each would undo what the other did. */
export function sameOwnedMistakes<P extends Pick<ResolvedPlace, "component" | "aws">>(
  places: readonly P[],
  ownedBy: (place: P) => readonly string[],
): Mistake[] {
  const first = new Map<string, string>();
  return places.flatMap((place) =>
    ownedBy(place).flatMap((owned): Mistake[] => {
      const id = JSON.stringify([place.aws?.account, place.aws?.region, owned]);
      const other = first.get(id);
      first.set(id, other ?? place.component);
      if (other === undefined || other === place.component) return [];
      const message = `components \`${other}\` and \`${place.component}\` have the same ${owned}`;
      return [{ code: "bad-value", message, path: ["components", place.component], part: "key" }];
    }),
  );
}
