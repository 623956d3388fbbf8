import { createHash } from "node:crypto";
import type { Wanted } from "../provider.ts";
import { type DockerPlace, imagePlan } from "./spec.ts";

/** The container's name on the host. No name holds a dot, so no two places share one. */
export function containerName({ application, environment, component, target }: DockerPlace): string {
  return [application, environment, component, target].join(".");
}

/** The value of the label `landfall.place`: an address, never a proof. */
export function placeLabel({ application, environment, component, target }: DockerPlace): string {
  return [application, environment, component, target].join("/");
}

/** Under which name this machine keeps what it built for all targets of an environment. */
export function builtHereName({ application, environment, component }: DockerPlace): string {
  return [application, environment, component].join(".");
}

/**
 * The content address of what is to run: the source digest with all that goes into the build, or the reference of an image
 * built elsewhere. An argument that only tells the commit is part of no address: the same source is the same image.
 *
 * @param digest of the tag, when that is what the manifest names.
 */
export function imageKey(place: DockerPlace, wanted: Wanted, digest: string | null): string {
  const plan = imagePlan(place.spec);
  if (plan.from !== "build") return hash({ ref: plan.from === "tag" ? atDigest(plan.ref, digest ?? "") : plan.ref });
  const { target = null, args = {} } = place.spec.image;
  const plain = Object.entries(args).map(([name, value]) => [name, value.replaceAll(wanted.commit, "commit")]);
  return hash({ source: wanted.digest, dockerfile: plan.dockerfile, target, args: plain.sort() });
}

/** `landfall/shop-web:3f9c2e1…`, or the same tag in the manifest's repository. */
export function imageTag(place: DockerPlace, key: string): string {
  const repository = place.spec.image.repository ?? `landfall/${place.application}-${place.component}`;
  return `${repository}:${key.slice(0, 12)}`;
}

/** `name:tag` and a digest as `name@sha256:…`. */
export function atDigest(tag: string, digest: string): string {
  return `${tag.slice(0, tag.lastIndexOf(":"))}@${digest}`;
}

/** An image id or digest as people compare it: the first twelve digits. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, "").slice(0, 12);
}

function hash(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}
