import type { ObjectPlace } from "../../io/aws/s3.ts";
import { bucketAt } from "../aws-place.ts";
import type { LayerPlace } from "./spec.ts";

/** Where an artifact lies: under its digest, so that nothing else can lie there. */
export function objectOf(place: LayerPlace, digest: string): ObjectPlace {
  const { name, prefix } = bucketAt(place);
  return { bucket: name, key: `${prefix}${place.application}/${place.component}/${hexOf(digest)}.zip` };
}

/** The digest alone. */
export function hexOf(digest: string): string {
  return digest.replace(/^sha256:/, "");
}
