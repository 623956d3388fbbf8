import type { Wanted } from "../provider.ts";
import { recipeOf } from "./recipe.ts";
import type { MachinePlace } from "./target.ts";

/** The name of the folder of what should run at a place: the commit that it is made of, how, and its source digest. */
export function releaseOf(place: MachinePlace, { commit, digest }: Pick<Wanted, "commit" | "digest">): string {
  return `${commit.slice(0, 12)}-${recipeOf(place)}-${digestMark(digest)}`;
}

/** The part of a release's name that tells its source: the first eight hexadecimal digits of the digest. */
export function digestMark(digest: string): string {
  return digest.replace(/^sha256:/, "").slice(0, 8);
}

/** The key of a digest in the target's journal of steps that run once. */
export function onceKey(digest: string): string {
  return digest.replace(/^sha256:/, "").slice(0, 16);
}
