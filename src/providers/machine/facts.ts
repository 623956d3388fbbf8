import type { Answer } from "../answer.ts";
import { busyWords, readToken, unread } from "../on-target.ts";
import type { Context, Survey } from "../provider.ts";
import { agentArguments, readAgent } from "./agent.ts";
import { claimArguments } from "./claim-arguments.ts";
import { fileOf, strangeFiles } from "./claims.ts";
import { firstWord } from "./first-word.ts";
import type { Processes } from "./process.ts";
import { type MachineReading, readingOf } from "./read.ts";
import { commandsOfStep } from "./spec.ts";
import { number, type TargetState } from "./state.ts";
import { hostOf, type MachinePlace, onTarget } from "./target.ts";

const onceWords = ["begun", "done", "failed", "killed"] as const;
/** What the target's journal says of a step that runs once. A killed one may have done half, so it has no known end either. */
export type OnceWord = (typeof onceWords)[number];

/** What was read of a machine before planning. */
export interface MachineFacts {
  host: string;
  /** Null when the directory can be used; otherwise what is in the way. */
  directoryProblem: string | null;
  freeBytes: number | null;
  reboot: "scheduled" | "required" | null;
  lockTool: "flock" | "perl" | "none" | null;
  /** The highest fencing token that the target has seen, and of which ledger. */
  token: { token: number; ledger: string } | null;
  /** Who holds the target's lock, if anyone. */
  busy: string | null;
  state: TargetState;
  processes: Processes;
  /** Commands of steps that do not exist there, in the environment in which steps run. */
  missingCommands: string[];
  /** Files of the current release that no step of ours changed and that are not as they were sent. */
  modified: string[];
  /** Null when the files of the current release were not read: they may still have been compared by what is known of them. */
  seen: SurveyReading | null;
  /** The journal of steps that run once: by step and the mark of the digest. */
  once: { name: string; word: OnceWord; note: string }[];
}

/** All that a proof reads, with the release's files against the list that the target itself keeps. */
export interface SurveyReading extends MachineReading {
  /** SHA-256 of that list. */
  list: string;
  /** When it was read by this process's own clock, milliseconds. */
  tick: number;
}

/** A target that is read for longer hangs somewhere (a dead mount, say), while the environment's lock is held. */
const surveySeconds = 120;

/** Reads the machine in one call. Changes nothing. */
export async function survey(place: MachinePlace, context: Context): Promise<Survey<MachineFacts>> {
  const host = hostOf(place, context).name;
  const { shell } = place.spec;
  const args = { ...claimArguments(place), ...agentArguments(place), shell, commands: commandsOf(place) };
  const end = await onTarget("survey", place, args, context, { timeoutSeconds: surveySeconds });
  if (end.ended === "answer") return read(place, host, end.answer);
  return unread(end, host, place, context);
}

function commandsOf({ spec }: MachinePlace): string {
  const words = Object.values(spec.steps)
    .flatMap(commandsOfStep)
    .flatMap((command) => firstWord(command) ?? []);
  return [...new Set([...words, spec.shell, "tar", "awk", "find", "xargs"])].join("\n");
}

function read(place: MachinePlace, host: string, answer: Answer): Survey<MachineFacts> {
  const reading = readingOf(answer);
  const { state, processes, files } = reading;
  const list = answer.get("list") ?? "";
  const facts: MachineFacts = {
    host,
    directoryProblem: directoryProblem(place, answer, state),
    freeBytes: kibibytes(answer.get("free")),
    reboot: answer.all("reboot").includes("scheduled") ? "scheduled" : answer.get("reboot") ? "required" : null,
    lockTool: lockTool(answer.get("locktool")),
    token: readToken(answer.get("token")),
    busy: busyWords(answer.get("busy")),
    state,
    processes,
    missingCommands: answer.all("missing"),
    modified: files === null ? [] : strangeFiles(files).map(fileOf),
    seen: /^[0-9a-f]{64}$/.test(list) ? { ...reading, list, tick: performance.now() } : null,
    once: answer.all("once").flatMap(onceEntry),
  };
  return {
    state: "read",
    facts,
    summary: summary(state),
    running: state.complete ? running(state) : null,
    busy: facts.busy,
    agent: readAgent(place, answer),
  };
}

function running({ record }: TargetState): { commit: string; digest: string } | null {
  return record && { commit: record.commit, digest: record.digest };
}

function summary({ current, record, complete }: TargetState): string {
  if (current.is === "none") return "nothing was deployed here yet";
  if (current.is !== "release")
    return `\`current\` leads to no release${current.link === null ? "" : `: ${current.link}`}`;
  const commit = record === null ? "of an unknown commit" : `at ${record.commit.slice(0, 7)}`;
  return `${current.id} is current, ${commit}${complete ? "" : ", and was never finished"}`;
}

function directoryProblem(place: MachinePlace, answer: Answer, { current }: TargetState): string | null {
  const said = answer.get("place");
  if (said === null) return `whether ${place.spec.directory} can be written was not readable`;
  if (said !== "ok") return said;
  return current.is === "nolink" ? `${place.spec.directory}/current is not a link` : null;
}

function kibibytes(text: string | null): number | null {
  const value = number(text ?? "");
  return value === null ? null : value * 1024;
}

function lockTool(text: string | null): MachineFacts["lockTool"] {
  return text === "flock" || text === "perl" || text === "none" ? text : null;
}

function onceEntry(text: string): MachineFacts["once"] {
  const [name, said, ...note] = text.split(" ");
  const word = onceWords.find((one) => one === said);
  return name && word ? [{ name, word, note: note.join(" ") }] : [];
}
