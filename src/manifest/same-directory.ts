import { posix } from "node:path";
import type { Place } from "../model/place.ts";
import type { Mistake } from "./issues.ts";
import { section } from "./written.ts";

/**
 * Places that share one directory on one machine: as two components of a target, as two targets of a machine, or as two
 * environments. This machine (`localhost`) may be another one for each environment.
 */
export function sameDirectoryMistakes(places: readonly Place[]): Mistake[] {
  const first = new Map<string, Place>();
  return places.flatMap((place): Mistake[] => {
    const id = directoryOf(place);
    const other = id === null ? undefined : first.get(id);
    if (id !== null && !other) first.set(id, place);
    if (!other) return [];
    const { component, environment, target } = place;
    if (other.environment === environment) {
      const message = `${placeName(place)} has the same directory as ${placeName(other)}`;
      return [{ code: "same-directory", message, path: ["components", component, "directory"], part: "value" }];
    }
    const message = `${placeName(place)} of ${environment} has the same machine and directory as ${placeName(other)} of ${other.environment}`;
    return [
      {
        code: "same-directory",
        message,
        path: ["environments", environment, "targets", target, "host"],
        part: "value",
      },
    ];
  });
}

const placeName = (place: Place) => `component \`${place.component}\` on target \`${place.target}\``;

function directoryOf(place: Place): string | null {
  const { directory } = section(place.spec);
  const { host, port } = section(place.at);
  if (typeof directory !== "string") return null;
  const machine = host === "localhost" ? [host, place.environment] : [host ?? place.target];
  return JSON.stringify([...machine, port, posix.normalize(directory).replace(/\/+$/, "")]);
}
