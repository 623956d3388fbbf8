import type { Remote } from "./remote.ts";

/** Which record is read and written: an environment's, in a repository, and the remote that it is shared at. */
export interface Place {
  repository: string;
  environment: string;
  /** Null: the record is this repository's own. */
  remote: Remote | null;
}

/** A place whose record is shared. */
export type SharedPlace = Place & { remote: Remote };

export function isShared(place: Place): place is SharedPlace {
  return place.remote !== null;
}
