import type { Code } from "../../model/codes.ts";
import { type Answer, decodeHex } from "../answer.ts";
import { number, type TargetState } from "./state.ts";

/** One process as the system shows it. What could not be read is null. */
export interface Process {
  pid: number;
  alive: boolean;
  parent: number | null;
  /** When it started, by the target's clock (see TargetState). */
  start: number | null;
  cwd: string | null;
  exe: string | null;
}

/** What was found where the component's process should be. */
export interface Processes {
  /** The unit's properties as `systemctl show` gives them; null when the component names no unit. */
  unit: Record<string, string> | null;
  /** Main processes: a worker whose parent is listed too is left out, since the parent speaks for it. */
  list: Process[];
  /** The unit's other processes. */
  beside: Process[];
  /** Why there is none: no pid file, nothing listens. */
  absent: string | null;
  /** Something is there that this user may not read. */
  hidden: string | null;
}

/** What one process shows about the release that it runs. */
export type ProcessVerdict =
  | { verdict: "proven"; upSeconds: number; pid: number; from: string }
  | { verdict: "refuted" | "unknown"; code: Code; reason: string };

const unitProperties = [
  "LoadState",
  "ActiveState",
  "SubState",
  "NRestarts",
  "ExecMainStatus",
  "Result",
  "WorkingDirectory",
];

export function readProcesses(answer: Answer): Processes {
  const unit: Record<string, string> = {};
  for (const property of unitProperties) {
    const value = answer.get(`unit.${property}`);
    if (value !== null) unit[property] = value;
  }
  const all = answer.all("process").flatMap(readProcess);
  return {
    unit: Object.keys(unit).length > 0 ? unit : null,
    list: all.filter(({ parent }) => !all.some(({ pid }) => pid === parent)),
    beside: answer.all("beside").flatMap(readProcess),
    absent: answer.get("finding"),
    hidden: answer.get("hidden"),
  };
}

/**
 * Whether a process runs the release that `current` leads to: its working directory or its executable lies in it, and it
 * was started after the switch. Starts are compared by the target's own clock that no one sets, never by times of day.
 */
export function processVerdict(process: Process, state: TargetState): ProcessVerdict {
  const name = `pid ${process.pid}`;
  if (!process.alive) return { verdict: "refuted", code: "process-missing", reason: `${name} is not alive` };
  const { home } = state;
  const from = [process.cwd, process.exe].find((path) => path !== null && home !== null && isInside(path, home));
  if (from === undefined || from === null) {
    if (process.cwd === null || process.exe === null) {
      const hidden = process.start === null ? ", is hidden from this one" : "";
      const reason = `${name} belongs to another user${hidden}, and what it runs from cannot be read`;
      return { verdict: "unknown", code: "process-unreadable", reason };
    }
    const reason = `${name} runs from ${process.cwd} (executable ${process.exe}), not from the release`;
    return { verdict: "refuted", code: "stale-process", reason };
  }
  const since = secondsSinceSwitch(process, state);
  if (since === null) {
    const reason = `whether ${name} was started after the switch cannot be told`;
    return { verdict: "unknown", code: "no-evidence", reason };
  }
  if (since < 0) {
    const reason = `${name} was started ${plainSeconds(-since)} before the switch`;
    return { verdict: "refuted", code: "stale-process", reason };
  }
  return { verdict: "proven", upSeconds: upSeconds(process, state) ?? 0, pid: process.pid, from };
}

/**
 * A process beside the main one that runs from another release of the component: old code that still serves. What else a
 * unit starts (a helper with a directory of its own) is none of our business.
 */
export function leftBehind({ beside }: Processes, { home }: TargetState): ProcessVerdict | null {
  if (home === null) return null;
  const releases = home.slice(0, home.lastIndexOf("/"));
  for (const { pid, alive, cwd, exe } of beside) {
    const from = [cwd, exe].find((path) => path !== null && isInside(path, releases) && !isInside(path, home));
    if (!alive || !from) continue;
    const reason = `pid ${pid} of the same unit still runs from ${from}, beside the new process`;
    return { verdict: "refuted", code: "stale-process", reason };
  }
  return null;
}

/** How long the process has been running, by the target's clock. */
export function upSeconds(process: Process, state: TargetState): number | null {
  if (process.start === null || state.now === null) return null;
  return Math.max(0, (state.now - process.start) / state.hertz);
}

/** Null when it cannot be told. Infinity when the machine was started anew since, and so everything on it. */
function secondsSinceSwitch(process: Process, state: TargetState): number | null {
  const { switched, current, boot, clock } = state;
  if (switched === null || process.start === null || boot === null || switched.id !== current.id) return null;
  if (switched.boot !== boot && switched.boot !== "unknown" && boot !== "unknown") return Number.POSITIVE_INFINITY;
  if (switched.clock !== clock) return null;
  // Seconds of the epoch are cut to whole ones at both ends.
  const slack = clock === "epoch" ? 1 : 0;
  return (process.start + slack - switched.time) / state.hertz;
}

function readProcess(text: string): Process[] {
  const [pid, letter, parent, start, cwd, exe] = text.split(",");
  const id = number(pid ?? "");
  if (id === null || letter === undefined) return [];
  return [
    {
      pid: id,
      alive: !/^(gone|Z|X|)$/.test(letter),
      parent: number(parent ?? ""),
      start: number(start ?? ""),
      cwd: readPath(cwd),
      exe: readPath(exe),
    },
  ];
}

/** `=plain` or `%hex`; null for what could not be read. */
function readPath(word = ""): string | null {
  return (word.startsWith("=") ? word.slice(1) : decodeHex(word.slice(1))) || null;
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function plainSeconds(seconds: number): string {
  return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
}
