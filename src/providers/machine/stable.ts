import type { Judged } from "../judged.ts";
import type { TargetEnd } from "../on-target.ts";
import type { MachineReading } from "./read.ts";
import { unitInWords } from "./running.ts";
import type { MachinePlace } from "./target.ts";

/** One look at everything that is claimed: the machine and, where declared, its version endpoint. */
export interface Look {
  reading: MachineReading;
  claims: Judged[];
}

/** Compares two looks at a unit, the second taken after the settling time. The same look twice: it had been up that long. */
export function stableClaim(
  place: MachinePlace,
  first: Look,
  again: Look | Exclude<TargetEnd, { ended: "answer" }>,
): Judged {
  const { stable } = place.spec.prove;
  const claim = { claim: "stable", expected: `all of it still holds after ${stable}`, readings: [] };
  if (!("claims" in again)) {
    const reason = again.ended === "cancelled" ? "cancelled while it settled" : again.message;
    const code = again.ended === "cancelled" ? "no-evidence" : again.code;
    return { ...claim, verdict: "unknown", code, reason: `not read again after ${stable}: ${reason}` };
  }
  const readings = again.claims.flatMap((item) => (item.claim === "release" ? [] : item.readings));
  const known = { ...claim, readings };
  const changed = whatChanged(first, again);
  if (changed !== null)
    return { ...known, verdict: "refuted", code: "service-unstable", reason: `${changed} within ${stable}` };
  const refuted = again.claims.find(({ verdict }) => verdict === "refuted");
  if (refuted) {
    const code = refuted.claim === "version" || refuted.claim === "release" ? refuted.code : "service-unstable";
    return {
      ...known,
      verdict: "refuted",
      ...(code ? { code } : {}),
      reason: `it was up, and ${stable} later ${refuted.reason}`,
    };
  }
  const unknown = again.claims.find(({ verdict }) => verdict === "unknown");
  if (unknown) {
    const code = unknown.code ?? "no-evidence";
    return { ...known, verdict: "unknown", code, reason: `it was up, and ${stable} later ${unknown.reason}` };
  }
  return {
    ...known,
    verdict: "proven",
    reason: first === again ? `up for longer than ${stable}` : `still so after ${stable}`,
  };
}

/** Whether it is another process than before, or was restarted, and how it ended as far as the unit tells. */
function whatChanged(first: Look, again: Look): string | null {
  const before = first.reading.processes;
  const now = again.reading.processes;
  const restarts = Number(now.unit?.NRestarts ?? 0) - Number(before.unit?.NRestarts ?? 0);
  if (restarts === 0 && sameProcesses(first.reading, again.reading)) return null;
  const who = before.list.map(({ pid }) => `pid ${pid}`).join(", ");
  const unit = now.unit === null ? "" : `; the unit is ${unitInWords(now.unit)}`;
  if (restarts > 0) return `${who} ended and was restarted ${restarts} ${restarts === 1 ? "time" : "times"}${unit}`;
  const alive = now.list.filter((process) => process.alive).map(({ pid }) => `pid ${pid}`);
  return alive.length > 0 ? `${who} was replaced by ${alive.join(", ")}${unit}` : `${who} ended${unit}`;
}

/** The same processes, alive: by pid and start, since a pid may be given out again. */
function sameProcesses(before: MachineReading, now: MachineReading): boolean {
  // Where a start is told in seconds of the epoch, it is reckoned from an age that was cut to whole ones.
  const slack = now.state.clock === "epoch" ? 1 : 0;
  const old = before.processes.list;
  const sameStart = (a: number | null, b: number | null) => a === b || Math.abs((a ?? 0) - (b ?? 0)) <= slack;
  return (
    old.length === now.processes.list.length &&
    now.processes.list.every(
      ({ pid, alive, start }) => alive && old.some((process) => process.pid === pid && sameStart(process.start, start)),
    )
  );
}
