import type { ScriptOptions } from "../../io/hosts.ts";
import { fileOf } from "../../model/artifact.ts";
import { compileCommand } from "../../model/command.ts";
import { type Backup, backupNote, type PlannedStep, type StepEnd } from "../../model/step.ts";
import { shellQuote } from "../../util/shell.ts";
import type { Answer } from "../answer.ts";
import { ledgerKey, type TargetEnd } from "../on-target.ts";
import { followPrinted, type Printed } from "../printed.ts";
import type { Context, Work } from "../provider.ts";
import { filesList } from "./files-list.ts";
import { recipeOf } from "./recipe.ts";
import { digestMark } from "./release.ts";
import type { MachineSpec, Step } from "./spec.ts";
import { hostOf, type MachinePlace, onTarget, type Verb } from "./target.ts";

/** Runs one planned step under the target's lock. Whatever happens there is a result. */
export async function run(step: PlannedStep, place: MachinePlace, work: Work, context: Context): Promise<StepEnd> {
  switch (step.action) {
    case "upload":
      return await upload(step, place, work, context);
    case "switch":
      return await change("switch", step, place, work, context, {}, () => []);
    case "finish":
      return await change("finish", step, place, work, context, keepArguments(place.spec, work), (answer) => [
        ...answer.all("removed").map((id) => `removed releases/${id}`),
        ...answer.all("note"),
      ]);
    case "run":
      return await command(step, place, work, context);
    default:
      return failed("internal", `the machine provider has no action ${step.action}`);
  }
}

/** What every change needs: who it is, for the lock and the fence. */
function fencing(step: PlannedStep, work: Work): Record<string, string> {
  return {
    rollout: work.rollout,
    token: String(work.token),
    ledger: ledgerKey(work.ledger),
    takeover: work.wanted.force ? "yes" : "no",
    step: step.name,
    release: String(step.input.release),
    commit: String(step.input.commit),
    wait: "100",
  };
}

function keepArguments(spec: MachineSpec, { wanted }: Work): Record<string, string> {
  return { keep: String(spec.keep), proven: [wanted.digest, ...wanted.proven].map(digestMark).join(" ") };
}

/** From here on reading a release takes longer than to ask the system about each of its files, which costs six processes. */
const large = { bytes: 16 * 1024 * 1024, files: 1000 };

async function upload(step: PlannedStep, place: MachinePlace, work: Work, context: Context): Promise<StepEnd> {
  const { artifact, wanted } = work;
  const outside = artifact.files.find(({ path }) => path.startsWith("/") || path.split("/").includes(".."));
  if (outside)
    return failed("path-escapes", `the artifact holds ${JSON.stringify(outside.path)}, which leaves the release`);
  const args = {
    ...fencing(step, work),
    digest: wanted.digest,
    recipe: recipeOf(place),
    files: filesList(artifact.files).trimEnd(),
    shared: place.spec.shared.join("\n"),
    fresh: wanted.force ? "yes" : "no",
    large: artifact.bytes >= large.bytes || artifact.files.length >= large.files ? "yes" : undefined,
  };
  const end = await onTarget("unpack", place, args, context, {
    payload: { file: fileOf(artifact) },
    timeoutSeconds: step.timeoutSeconds,
  });
  if (end.ended !== "answer") return notDone(end, context);
  const notes = end.answer.all("note").map(context.mask);
  if (end.answer.get("unpacked") === "unchanged")
    return {
      result: "unchanged",
      reason: [`releases/${step.input.release} is there as it was sent`, ...notes].join("; "),
    };
  if (end.answer.get("unpacked") === "new") return done(notes);
  return failed("upload-failed", "the target did not say what became of the release");
}

async function change(
  verb: Verb,
  step: PlannedStep,
  place: MachinePlace,
  work: Work,
  context: Context,
  more: Record<string, string>,
  notes: (answer: Answer) => string[],
): Promise<StepEnd> {
  const options: ScriptOptions = { timeoutSeconds: step.timeoutSeconds };
  const end = await onTarget(verb, place, { ...fencing(step, work), ...more }, context, options);
  return end.ended === "answer" ? done(notes(end.answer).map(context.mask)) : notDone(end, context);
}

async function command(step: PlannedStep, place: MachinePlace, work: Work, context: Context): Promise<StepEnd> {
  const written = place.spec.steps[step.name];
  if (written === undefined) return failed("internal", `the component has no step ${step.name}`);
  const log = `${place.spec.directory}/.landfall/logs/${work.rollout}-${step.name}.log on ${hostOf(place, context).name}`;
  const output = followPrinted(log, context.mask, work.onLine);
  let goesDown = false;
  const onLine = (line: string) => {
    if (line.startsWith("lf1 shutdown ")) goesDown = true;
    output.onLine(line);
  };
  const args = {
    ...fencing(step, work),
    program: program(written.run, place.values),
    shell: place.spec.shell,
    timeout: String(step.timeoutSeconds),
    retries: String(step.retries),
    oncekey: typeof step.input.onceKey === "string" ? step.input.onceKey : undefined,
    rerun: step.input.rerun === true ? "yes" : "no",
    ...checks(written, place),
  };
  // The target keeps the limit; this one is for a connection that hangs. The checks have the step's limit each.
  const timeoutSeconds = (step.timeoutSeconds + 45) * (step.retries + 3);
  const end = await onTarget("step", place, args, context, { onLine, timeoutSeconds });
  const how =
    end.ended === "answer" ? commandEnd(step, end.answer, output.printed()) : notDone(end, context, output.printed());
  return goesDown ? byShutdown(how) : how;
}

/** A connection that was lost, or a step that was killed, while the target was going down: that is why. */
function byShutdown(end: StepEnd): StepEnd {
  if (end.result !== "failed" || !/^(connection-lost|step-killed|host-.*)$/.test(end.error.code)) return end;
  const message = `the machine was shut down while it ran: ${end.error.message}`;
  return { ...end, error: { ...end.error, code: "interrupted-by-shutdown", message } };
}

/** What is asked before a step that runs once, and of the backup that a step makes. */
function checks({ pending, backup }: Step, { spec, values }: MachinePlace): Record<string, string | undefined> {
  const file = backup?.file.startsWith("/") ? backup.file : backup && `${spec.directory}/${backup.file}`;
  return {
    pending: pending === undefined ? undefined : program(pending, values),
    backup: file,
    backup_check: backup === undefined ? undefined : program(backup.check, values),
  };
}

/** The command as its shell reads it: the values as quoted data in front, the text naming them. */
function program(text: string, values: Readonly<Record<string, string>>): string {
  const compiled = compileCommand(text, values);
  const settings = Object.entries(compiled.variables).map(([name, value]) => `${name}=${shellQuote(value)}\n`);
  return settings.join("") + compiled.text;
}

function commandEnd(step: PlannedStep, answer: Answer, output: Printed): StepEnd {
  const how = answer.get("how");
  const status = Number(answer.get("status") ?? Number.NaN);
  const attempts = Number(answer.get("attempts") ?? 1);
  const tries = attempts > 1 ? ` (attempt ${attempts})` : "";
  if (how === "already") return done(["the target's journal says that it was done before"]);
  if (how === "nothing-pending")
    return { result: "unchanged", reason: "its pending check says that nothing is left to do" };
  if (how === "backup-unverified")
    return failed("backup-unverified", answer.get("message") ?? "its backup was not verified", output, status);
  if (how === "timeout")
    return failed("step-timeout", `it was ended by its time limit of ${step.timeoutSeconds} s${tries}`, output, status);
  if (how !== "exit" || !Number.isInteger(status))
    return failed("connection-lost", "the target did not say how it ended", output);
  if (status === 0) return succeeded(answer, attempts);
  if (status === 127)
    return failed("step-not-found", `a command was not found: exit status 127${tries}`, output, status);
  if (status > 128 && status <= 192)
    return failed("step-killed", `it was killed by signal ${status - 128}${tries}`, output, status);
  return failed("step-failed", `it ended with exit status ${status}${tries}`, output, status);
}

function succeeded(answer: Answer, attempts: number): StepEnd {
  const backup = readBackup(answer.get("backup"));
  const notes = [
    ...answer.all("note"),
    ...(attempts > 1 ? [`it succeeded at attempt ${attempts}`] : []),
    ...(backup ? [backupNote(backup)] : []),
  ];
  return backup ? { result: "done", notes, backup } : done(notes);
}

/** `<bytes> <sha256 or -> <path>` */
function readBackup(text: string | null): Backup | null {
  const [, bytes, sum, file] = /^(\d+) (-|[0-9a-f]{64}) ([\s\S]+)$/.exec(text ?? "") ?? [];
  if (bytes === undefined || sum === undefined || file === undefined) return null;
  return { file, bytes: Number(bytes), ...(sum === "-" ? {} : { sha256: sum }) };
}

function notDone(end: Exclude<TargetEnd, { ended: "answer" }>, context: Context, output: Printed = {}): StepEnd {
  if (end.ended === "cancelled")
    return failed("cancelled", "cancelled while it ran; on the target it goes on to its end", output);
  return failed(end.code, context.mask(end.message), output);
}

function done(notes: string[]): StepEnd {
  return notes.length > 0 ? { result: "done", notes } : { result: "done" };
}

function failed(
  code: Extract<StepEnd, { result: "failed" }>["error"]["code"],
  message: string,
  output: Printed = {},
  exitStatus?: number,
): StepEnd {
  return {
    result: "failed",
    error: {
      code,
      message,
      ...(exitStatus === undefined ? {} : { exitStatus }),
      ...output,
    },
  };
}
