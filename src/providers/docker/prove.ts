import type { Artifact } from "../../model/artifact.ts";
import type { Evidence } from "../../model/evidence.ts";
import { seconds } from "../../model/text.ts";
import { pause } from "../../util/pause.ts";
import { versionClaim } from "../http-version.ts";
import { type Judged, masked } from "../judged.ts";
import type { Context, Wanted } from "../provider.ts";
import { tellOfSettling } from "../waiting.ts";
import { addressesOf } from "./addresses.ts";
import { likelyCauses } from "./causes.ts";
import { healthClaim, imageClaim, portsClaim, runningClaim, tagClaim, wantedKey } from "./claims.ts";
import { servingContainer } from "./facts.ts";
import { askedIn, holds, type Look, lookUntil, readPlace, secondsLeft, type Unreadable } from "./look.ts";
import { lookInside } from "./sight.ts";
import { type DockerPlace, imagePlan } from "./spec.ts";
import { hostOf } from "./target.ts";

/** How long claims are waited for when nothing was changed just now: a reading may still meet a restart. Seconds. */
const patience = 3;

/**
 * Reads the engine and the addresses until every claim holds or the time is up, and once more after the settling time.
 * A place that cannot be read makes every claim unknown.
 */
export async function prove(
  place: DockerPlace,
  wanted: Wanted,
  _artifact: Artifact,
  changed: boolean,
  context: Context,
): Promise<Evidence[]> {
  const wait = changed ? seconds(place.spec.prove.within) : patience;
  const tell = (message: string) => context.onWait?.(context.mask(message));
  const look = await lookUntil(() => lookAt(place, wanted, context), wait, context.signal, tell);
  const { component, target } = place;
  const claims = "claims" in look ? await withEnd(place, wanted, look, context) : unreadable(place, wanted, look);
  return claims.map((claim) => masked({ component, target, ...claim }, context));
}

/** Everything once. */
async function lookAt(place: DockerPlace, wanted: Wanted, context: Context): Promise<Look | Unreadable> {
  const reading = await readPlace(place, context);
  if ("ended" in reading) return reading;
  const key = wantedKey(place, wanted, reading);
  const container = servingContainer(place, reading);
  const claims = [imageClaim(place, wanted, key, container, reading), runningClaim(place, wanted, container, reading)];
  if (container?.running) claims.push(...(await answers(place, wanted, container, reading, context)));
  if (imagePlan(place.spec).from === "tag") claims.push(tagClaim(place, key, reading));
  return { reading, container, claims };
}

async function answers(
  place: DockerPlace,
  wanted: Wanted,
  container: NonNullable<Look["container"]>,
  reading: Look["reading"],
  context: Context,
): Promise<Judged[]> {
  const { health, http } = addressesOf(place);
  const host = hostOf(place, context);
  return [
    ...(place.spec.ports.length === 0 ? [] : [portsClaim(place, container, reading)]),
    ...(health === null ? [] : [await healthClaim(health, host, context.signal)]),
    ...(http === null ? [] : [await versionClaim(http, wanted, host, context.signal)]),
  ];
}

/** With the settling time where all of it holds; where it does not, with the likely cause. */
async function withEnd(place: DockerPlace, wanted: Wanted, look: Look, context: Context): Promise<Judged[]> {
  if (!holds(look)) return await withCause(place, look, look.claims, context);
  const { stable } = place.spec.prove;
  const claim = { claim: "stable", expected: `all of it still holds after ${stable}` };
  const left = secondsLeft(look, seconds(stable));
  const settled = (again: Look, reason: string): Judged[] => [
    ...again.claims,
    { ...claim, readings: again.claims.flatMap(({ readings }) => readings), verdict: "proven", reason },
  ];
  if (left <= 0) return settled(look, `up for longer than ${stable}`);
  tellOfSettling((message) => context.onWait?.(message), left);
  await pause(left, context.signal);
  const again = await lookAt(place, wanted, context);
  if (!("claims" in again)) {
    const reason = `not read again after ${stable}: ${whyUnread(again)}`;
    return [...look.claims, { ...claim, readings: [], verdict: "unknown", code: "no-evidence", reason }];
  }
  if (holds(again)) return settled(again, `still so after ${stable}`);
  const bad =
    again.claims.find(({ verdict }) => verdict === "refuted") ??
    again.claims.find(({ verdict }) => verdict !== "proven");
  const broken: Judged = {
    ...claim,
    readings: again.claims.flatMap(({ readings }) => readings),
    verdict: bad?.verdict ?? "unknown",
    code: bad?.code ?? "no-evidence",
    reason: `it was up, and ${stable} later ${bad?.reason}`,
  };
  return await withCause(place, again, [...look.claims, broken], context);
}

/** Adds what the log and the state make most likely to the first claim that the container itself does not keep. */
async function withCause(
  place: DockerPlace,
  { container, claims: seen }: Look,
  claims: Judged[],
  context: Context,
): Promise<Judged[]> {
  const at = claims.findIndex(isItsOwn);
  if (container === undefined || at < 0) return claims;
  const [cause] = likelyCauses(await lookInside(place, container.id, askedIn(seen), context));
  return claims.map((claim, index) =>
    index === at && cause ? { ...claim, reason: `${claim.reason}; likely cause: ${cause.message}` } : claim,
  );
}

/** Whether it is the application's fault: what another container or image does is in no log of this one. */
function isItsOwn({ claim, verdict, code }: Judged): boolean {
  if (verdict === "proven" || code === "container-foreign" || code === "old-container") return false;
  return /^(running|health|version|stable)$/.test(claim) && code !== "wrong-image";
}

function unreadable(place: DockerPlace, wanted: Wanted, end: Unreadable): Judged[] {
  const { health, http } = addressesOf(place);
  const names = [
    "image",
    "running",
    place.spec.ports.length > 0 ? "ports" : null,
    health && "health",
    http && "version",
  ];
  const code = end.ended === "cancelled" ? "no-evidence" : end.code;
  return names
    .filter((name) => name !== null)
    .map((claim) => ({
      claim,
      expected: wanted.commit,
      readings: [],
      verdict: "unknown",
      code,
      reason: whyUnread(end),
    }));
}

function whyUnread(end: Unreadable): string {
  return end.ended === "cancelled" ? "cancelled before it was read" : end.message;
}
