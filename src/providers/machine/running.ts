import type { Code } from "../../model/codes.ts";
import { leftBehind, type Processes, type ProcessVerdict, processVerdict } from "./process.ts";
import type { TargetState } from "./state.ts";

/** The verdict on the unit or process as a whole, used by the plan (must it be restarted?) and by the proof. */
export type RunningVerdict =
  | { verdict: "proven"; upSeconds: number; pids: number[]; from: string }
  | { verdict: "refuted" | "unknown"; code: Code; reason: string };

/**
 * Judges everything that was found where the component's process should be. Old processes beside new ones refute; one
 * that cannot be read makes it unknown; nothing at all refutes.
 *
 * @param unit the systemd unit that the component names, or null.
 */
export function runningVerdict(unit: string | null, processes: Processes, state: TargetState): RunningVerdict {
  const down = unit === null ? null : unitVerdict(unit, processes.unit);
  if (down !== null) return down;
  const verdicts = processes.list.map((process) => processVerdict(process, state));
  const bad =
    verdicts.find(({ verdict }) => verdict === "refuted") ??
    leftBehind(processes, state) ??
    hiddenVerdict(processes) ??
    firstUnknown(verdicts);
  if (bad && bad.verdict !== "proven") return withUnit(bad, unit, processes.unit);
  const good = verdicts.filter((item) => item.verdict === "proven");
  const [first] = good;
  if (first === undefined) {
    const reason =
      processes.absent ?? (unit === null ? "no process was found" : `${unit} is active and has no process`);
    return { verdict: "refuted", code: "process-missing", reason };
  }
  return {
    verdict: "proven",
    upSeconds: Math.min(...good.map((item) => item.upSeconds)),
    pids: good.map((item) => item.pid),
    from: first.from,
  };
}

/** What is wrong with the unit itself; null when it is active. */
function unitVerdict(unit: string, shown: Processes["unit"]): RunningVerdict | null {
  const load = shown?.LoadState;
  if (load === "no-systemctl")
    return { verdict: "unknown", code: "no-evidence", reason: `${unit} cannot be read: there is no systemctl here` };
  const active = shown?.ActiveState;
  if (load === undefined || load === "" || active === undefined || active === "")
    return { verdict: "unknown", code: "no-evidence", reason: `systemd gave no answer about ${unit}` };
  if (load !== "loaded") return { verdict: "refuted", code: "unit-missing", reason: `${unit} is ${load}` };
  if (active === "active") return null;
  return { verdict: "refuted", code: "service-not-active", reason: `${unit} is ${unitInWords(shown ?? {})}` };
}

/** `failed (exit-code, exit status 3, 2 restarts)`. */
export function unitInWords(shown: Readonly<Record<string, string>>): string {
  const details = [
    shown.SubState !== shown.ActiveState ? shown.SubState : "",
    shown.Result && shown.Result !== "success" ? shown.Result : "",
    shown.ExecMainStatus && shown.ExecMainStatus !== "0" ? `exit status ${shown.ExecMainStatus}` : "",
    shown.NRestarts && shown.NRestarts !== "0" ? `${shown.NRestarts} restarts` : "",
  ].filter(Boolean);
  return `${shown.ActiveState ?? "in an unknown state"}${details.length > 0 ? ` (${details.join(", ")})` : ""}`;
}

function hiddenVerdict({ hidden }: Processes): ProcessVerdict | null {
  return hidden === null ? null : { verdict: "unknown", code: "process-unreadable", reason: hidden };
}

function firstUnknown(verdicts: readonly ProcessVerdict[]): ProcessVerdict | undefined {
  return verdicts.find(({ verdict }) => verdict === "unknown");
}

/** A stale process of a unit mostly comes from the unit's own working directory: it is named. */
function withUnit(
  bad: Exclude<ProcessVerdict, { verdict: "proven" }>,
  unit: string | null,
  shown: Processes["unit"],
): RunningVerdict {
  const directory = shown?.WorkingDirectory;
  if (bad.code !== "stale-process" || unit === null || !directory) return bad;
  return { ...bad, reason: `${bad.reason}: unit ${unit} has WorkingDirectory=${directory}` };
}
