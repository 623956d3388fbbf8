import { posix } from "node:path";
import type { Place } from "../model/place.ts";
import type { Mistake } from "./issues.ts";
import { section } from "./written.ts";

/** Places that share one directory on one machine, whether as two components of a target or as two targets of a machine. */
export function sameDirectoryMistakes(places: readonly Place[]): Mistake[] {
  const first = new Map<string, Place>();
  return places.flatMap((place): Mistake[] => {
    const id = directoryOf(place);
    const other = id === null ? undefined : first.get(id);
    if (id !== null && !other) first.set(id, place);
    if (!other) return [];
    const message = `${placeName(place)} has the same directory as ${placeName(other)}`;
    return [{ code: "same-directory", message, path: ["components", place.component, "directory"], part: "value" }];
  });
}

const placeName = (place: Place) => `component \`${place.component}\` on target \`${place.target}\``;

function directoryOf(place: Place): string | null {
  const { directory } = section(place.spec);
  const { host, port } = section(place.at);
  if (typeof directory !== "string") return null;
  return JSON.stringify([host ?? place.target, port, posix.normalize(directory).replace(/\/+$/, "")]);
}
