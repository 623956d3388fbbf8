import type { StoredArtifact } from "../../model/artifact.ts";
import type { Evidence } from "../../model/evidence.ts";
import { seconds } from "../../model/text.ts";
import { pause } from "../../util/pause.ts";
import type { Context, Wanted } from "../provider.ts";
import { filesClaim, type Judged, releaseClaim, runningClaim } from "./claims.ts";
import { readMachine } from "./read.ts";
import { releaseId } from "./release.ts";
import { runningVerdict } from "./running.ts";
import { type Look, stableClaim } from "./stable.ts";
import { hostOf, type MachinePlace, type TargetEnd } from "./target.ts";
import { readVersion } from "./version.ts";

/** How long claims are waited for when nothing was changed just now: a reading may still meet a restart. Seconds. */
const patience = 3;

/**
 * Reads the machine until every claim holds or its time is up, and then once more after the settling time.
 * A place that cannot be read makes every claim unknown.
 */
export async function prove(
  place: MachinePlace,
  wanted: Wanted,
  artifact: StoredArtifact,
  changed: boolean,
  context: Context,
): Promise<Evidence[]> {
  const claims = await proveClaims(place, wanted, artifact, changed, context);
  return claims.map((claim) => masked({ component: place.component, target: place.target, ...claim }, context));
}

async function proveClaims(
  place: MachinePlace,
  wanted: Wanted,
  artifact: StoredArtifact,
  changed: boolean,
  context: Context,
): Promise<Judged[]> {
  const end = performance.now() + 1000 * (changed ? seconds(place.spec.prove.within) : patience);
  let look = await lookAt(place, wanted, artifact, context);
  while (mayComeTrue(look) && performance.now() < end && !context.signal.aborted) {
    await pause(0.5, context.signal);
    look = await lookAt(place, wanted, artifact, context);
  }
  if ("ended" in look) return unreadable(place, wanted, look);
  if (!holds(look)) return look.claims;
  return [...look.claims, ...(await settled(place, wanted, look, context))];
}

/** Reads everything once. */
async function lookAt(
  place: MachinePlace,
  wanted: Wanted,
  artifact: StoredArtifact | null,
  context: Context,
): Promise<Look | Exclude<TargetEnd, { ended: "answer" }>> {
  const reading = await readMachine(place, artifact, context);
  if ("ended" in reading) return reading;
  const { service, process, http } = place.spec.prove;
  const release = releaseClaim(place, wanted, reading);
  const claims = [release];
  // The files of another release say nothing about this one.
  if (artifact !== null && release.verdict === "proven") claims.push(filesClaim(artifact, reading));
  if (service !== undefined || process !== undefined) claims.push(runningClaim(place, wanted, reading));
  if (http !== undefined) claims.push(await versionClaim(http, wanted, place, context));
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

async function versionClaim(
  http: { url: string; revision: string },
  wanted: Wanted,
  place: MachinePlace,
  context: Context,
): Promise<Judged> {
  const { identity, ...verdict } = await readVersion(http, wanted.accepts, hostOf(place, context), context.signal);
  const source = `GET ${http.url} ${http.revision}`;
  return {
    claim: "version",
    expected: wanted.commit,
    readings: identity === null ? [] : [{ unit: http.url, identity, source, at: new Date().toISOString() }],
    ...verdict,
  };
}

/** The claim that all of it still holds after the settling time, which a process that is older than that has passed already. */
async function settled(place: MachinePlace, wanted: Wanted, first: Look, context: Context): Promise<Judged[]> {
  const { service, process, http, stable } = place.spec.prove;
  if (service === undefined && process === undefined && http === undefined) return [];
  const running = runningVerdict(service ?? null, first.reading.processes, first.reading.state);
  const up = running.verdict === "proven" ? running.upSeconds : 0;
  const left = seconds(stable) - up;
  if (left > 0) await pause(left, context.signal);
  if (context.signal.aborted) return [stableClaim(place, first, { ended: "cancelled" })];
  const again = left > 0 ? await lookAt(place, wanted, null, context) : first;
  return [stableClaim(place, first, again)];
}

function unreadable(place: MachinePlace, wanted: Wanted, end: Exclude<TargetEnd, { ended: "answer" }>): Judged[] {
  const { service, process, http } = place.spec.prove;
  const names = ["release", "files", service ? "service" : process ? "process" : null, http ? "version" : null];
  const expected = releaseId(wanted.commit, wanted.digest);
  const code = end.ended === "cancelled" ? "no-evidence" : end.code;
  const reason = end.ended === "cancelled" ? "cancelled before it was read" : end.message;
  return names
    .filter((name) => name !== null)
    .map((claim) => ({ claim, expected, readings: [], verdict: "unknown", code, reason }));
}

function masked(evidence: Evidence, { mask }: Context): Evidence {
  return {
    ...evidence,
    expected: mask(evidence.expected),
    reason: mask(evidence.reason),
    readings: evidence.readings.map((reading) => ({
      ...reading,
      unit: mask(reading.unit),
      identity: reading.identity === null ? null : mask(reading.identity),
      source: mask(reading.source),
    })),
  };
}
