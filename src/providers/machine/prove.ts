import { createHash } from "node:crypto";
import type { Artifact } from "../../model/artifact.ts";
import type { Evidence } from "../../model/evidence.ts";
import { seconds } from "../../model/text.ts";
import { pause } from "../../util/pause.ts";
import { versionClaim } from "../http-version.ts";
import { type Judged, masked } from "../judged.ts";
import type { TargetEnd } from "../on-target.ts";
import type { Context, Wanted } from "../provider.ts";
import { tellOfSettling, tellOfWait } from "../waiting.ts";
import { filesClaim, releaseClaim, runningClaim } from "./claims.ts";
import type { MachineFacts } from "./facts.ts";
import { filesList } from "./files-list.ts";
import { type MachineReading, readMachine } from "./read.ts";
import { releaseOf } from "./release.ts";
import { runningVerdict } from "./running.ts";
import { type Look, stableClaim } from "./stable.ts";
import { hostOf, type MachinePlace } from "./target.ts";

/** How long claims are waited for when nothing was changed just now: a reading may still meet a restart. Seconds. */
const patience = 3;

/** How old a reading of the survey may be to be taken for the proof's first look. Milliseconds. */
const freshness = 5000;

/**
 * Reads the machine until every claim holds or its time is up, and then once more after the settling time.
 * A place that cannot be read makes every claim unknown. Where nothing was changed since the survey, what it has just read of
 * everything, the files included, is the first look, if all claims hold by it; otherwise the machine is read anew.
 */
export async function prove(
  place: MachinePlace,
  wanted: Wanted,
  artifact: Artifact,
  changed: boolean,
  context: Context,
  facts?: MachineFacts,
): Promise<Evidence[]> {
  const claims = await proveClaims(place, wanted, artifact, changed, context, facts);
  return claims.map((claim) => masked({ component: place.component, target: place.target, ...claim }, context));
}

async function proveClaims(
  place: MachinePlace,
  wanted: Wanted,
  artifact: Artifact,
  changed: boolean,
  context: Context,
  facts: MachineFacts | undefined,
): Promise<Judged[]> {
  const seen = changed || facts === undefined ? null : await lookOfSurvey(place, wanted, artifact, facts, context);
  if (seen !== null && holds(seen)) return await settled(place, wanted, seen, context);
  const wait = changed ? seconds(place.spec.prove.within) : patience;
  const waiting = tellOfWait((message) => context.onWait?.(context.mask(message)), wait);
  const end = performance.now() + 1000 * wait;
  let look = await lookAt(place, wanted, artifact, context);
  while (mayComeTrue(look) && performance.now() < end && !context.signal.aborted) {
    waiting(look);
    await pause(0.5, context.signal);
    // What is waited for are processes; files do not come true by waiting, and reading them all each time would cost most.
    const again = await lookAt(place, wanted, null, context);
    look = "claims" in again && "claims" in look ? { ...again, claims: withFiles(again.claims, look.claims) } : again;
    if (!("claims" in look) || hasFiles(look.claims) || !holds(look)) continue;
    look = await lookAt(place, wanted, artifact, context);
  }
  if ("ended" in look) return unreadable(place, wanted, look);
  return holds(look) ? await settled(place, wanted, look, context) : look.claims;
}

function hasFiles(claims: readonly Judged[]): boolean {
  return claims.some(({ claim }) => claim === "files");
}

/** Newer claims, with the files as they were read before: right behind the release that they belong to. */
function withFiles(claims: readonly Judged[], before: readonly Judged[]): Judged[] {
  const files = before.filter(({ claim }) => claim === "files");
  return claims.flatMap((claim) => (claim.claim === "release" ? [claim, ...files] : [claim]));
}

/** What the survey saw, judged as a look of our own; null when it is too old or had another list of files. */
async function lookOfSurvey(
  place: MachinePlace,
  wanted: Wanted,
  artifact: Artifact,
  { seen, busy }: MachineFacts,
  context: Context,
): Promise<Look | null> {
  if (seen === null || busy !== null || performance.now() - seen.tick > freshness) return null;
  // The target compared with the list that it keeps: that must be ours.
  const list = createHash("sha256").update(filesList(artifact.files)).digest("hex");
  return seen.list === list ? await lookFrom(seen, place, wanted, artifact, context) : null;
}

/** Reads everything once. */
async function lookAt(
  place: MachinePlace,
  wanted: Wanted,
  artifact: Artifact | null,
  context: Context,
): Promise<Look | Exclude<TargetEnd, { ended: "answer" }>> {
  const reading = await readMachine(place, artifact, context);
  return "ended" in reading ? reading : await lookFrom(reading, place, wanted, artifact, context);
}

/** The claims of one reading. Only a version endpoint is asked meanwhile. */
async function lookFrom(
  reading: MachineReading,
  place: MachinePlace,
  wanted: Wanted,
  artifact: Artifact | null,
  context: Context,
): Promise<Look> {
  const { service, process, http } = place.spec.prove;
  const release = releaseClaim(place, wanted, reading);
  const claims = [release];
  // The files of another release say nothing about this one.
  if (artifact !== null && release.verdict === "proven") claims.push(filesClaim(artifact, reading));
  if (service !== undefined || process !== undefined) claims.push(runningClaim(place, wanted, reading));
  if (http !== undefined) claims.push(await versionClaim(http, wanted, hostOf(place, context), context.signal));
  return { reading, claims };
}

/** Whether waiting can help: a process may still be starting, but no release comes by itself. */
function mayComeTrue(look: Look | Exclude<TargetEnd, { ended: "answer" }>): boolean {
  if (!("claims" in look)) return true;
  const lost = look.claims.some(({ claim, verdict }) => verdict === "refuted" && /^(release|files)$/.test(claim));
  return !lost && !holds(look);
}

function holds(look: Look | Exclude<TargetEnd, { ended: "answer" }>): boolean {
  return "claims" in look && look.claims.every(({ verdict }) => verdict === "proven");
}

/** The claims, and that they still hold after the settling time, which a process older than that has passed already. */
async function settled(place: MachinePlace, wanted: Wanted, first: Look, context: Context): Promise<Judged[]> {
  const { service, process, http, stable } = place.spec.prove;
  if (service === undefined && process === undefined && http === undefined) return first.claims;
  const running = runningVerdict(service ?? null, first.reading.processes, first.reading.state);
  const left = seconds(stable) - (running.verdict === "proven" ? running.upSeconds : 0);
  if (left <= 0) return [...first.claims, stableClaim(place, first, first)];
  tellOfSettling((message) => context.onWait?.(message), left);
  await pause(left, context.signal);
  if (context.signal.aborted) return [...first.claims, stableClaim(place, first, { ended: "cancelled" })];
  const again = await lookAt(place, wanted, null, context);
  return [...newest(first, again), stableClaim(place, first, again)];
}

/** Of each claim the newer reading, where it holds as the first one did. What broke in between is told by `stable`. */
function newest(first: Look, again: Look | Exclude<TargetEnd, { ended: "answer" }>): Judged[] {
  if (!("claims" in again) || !holds(again)) return first.claims;
  return first.claims.map((claim) => again.claims.find((newer) => newer.claim === claim.claim) ?? claim);
}

function unreadable(place: MachinePlace, wanted: Wanted, end: Exclude<TargetEnd, { ended: "answer" }>): Judged[] {
  const { service, process, http } = place.spec.prove;
  const names = ["release", "files", service ? "service" : process ? "process" : null, http ? "version" : null];
  const expected = releaseOf(place, wanted);
  const code = end.ended === "cancelled" ? "no-evidence" : end.code;
  const reason = end.ended === "cancelled" ? "cancelled before it was read" : end.message;
  return names
    .filter((name) => name !== null)
    .map((claim) => ({ claim, expected, readings: [], verdict: "unknown", code, reason }));
}
