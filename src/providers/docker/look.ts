import { pause } from "../../util/pause.ts";
import type { Judged } from "../judged.ts";
import type { TargetEnd } from "../on-target.ts";
import type { Context } from "../provider.ts";
import { tellOfWait } from "../waiting.ts";
import { readArguments, readSeconds } from "./facts.ts";
import { type Container, type EngineReading, readEngine, upMilliseconds } from "./reading.ts";
import type { DockerPlace } from "./spec.ts";
import { onEngine } from "./target.ts";

/** One look at a container, and what was claimed of it. */
export interface Look {
  reading: EngineReading;
  container: Container | undefined;
  claims: Judged[];
}

export type Unreadable = Exclude<TargetEnd, { ended: "answer" }>;

/** Reads the engine once. What it shows and is not understood counts as not read. */
export async function readPlace(place: DockerPlace, context: Context): Promise<EngineReading | Unreadable> {
  const end = await onEngine("read", place, readArguments(place), context, {
    timeoutSeconds: readSeconds,
  });
  if (end.ended !== "answer") return end;
  try {
    return readEngine(end.answer);
  } catch (error) {
    const message = `the engine's answer is not understood: ${error instanceof Error ? error.message : String(error)}`;
    return { ended: "lost", code: "no-evidence", message };
  }
}

/** Looks until every claim holds, one is refuted for good, or the time is up, and tells what it waits for. */
export async function lookUntil(
  look: () => Promise<Look | Unreadable>,
  seconds: number,
  signal: AbortSignal,
  tell: (message: string) => void,
): Promise<Look | Unreadable> {
  const waiting = tellOfWait(tell, seconds);
  const end = performance.now() + 1000 * seconds;
  for (;;) {
    const seen = await look();
    if (holds(seen) || isLost(seen) || performance.now() >= end || signal.aborted) return seen;
    waiting(seen);
    await pause(0.5, signal);
  }
}

/** Whether it was read, and every claim is proven. */
export function holds(look: Look | Unreadable): boolean {
  return "claims" in look && look.claims.every(({ verdict }) => verdict === "proven");
}

/** No waiting makes a container another one, or one that ended alive. An application may still be starting. */
function isLost(look: Look | Unreadable): boolean {
  if (!("claims" in look)) return look.ended === "cancelled";
  return look.claims.some(
    ({ claim, verdict, code }) =>
      verdict === "refuted" && /^(image|running|ports|tag)$/.test(claim) && code !== "container-unhealthy",
  );
}

/** How much longer a container must stay up to have been up that long. Seconds. */
export function secondsLeft({ container, reading }: Look, stable: number): number {
  const up = container === undefined ? null : upMilliseconds(container, reading);
  return stable - (up ?? 0) / 1000;
}

/** What was asked over HTTP in a look, and what came of it. */
export function askedIn(claims: readonly Judged[]): { url: string; status: number | null }[] {
  return claims.flatMap(({ claim, verdict, reason, readings }) => {
    if (claim !== "health" && claim !== "version") return [];
    const url = /https?:\/\/\S+/.exec(reason)?.[0]?.replace(/[,:]$/, "");
    const status = /answers with status (\d{3})/.exec(reason)?.[1];
    if (url === undefined || (verdict !== "unknown" && status === undefined)) return [];
    return status === undefined && readings.length > 0
      ? []
      : [{ url, status: status === undefined ? null : Number(status) }];
  });
}
