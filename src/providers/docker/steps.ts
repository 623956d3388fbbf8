import { fileOf } from "../../model/artifact.ts";
import type { PlannedStep, StepEnd } from "../../model/step.ts";
import { shellQuote } from "../../util/shell.ts";
import type { Answer } from "../answer.ts";
import type { TargetEnd } from "../on-target.ts";
import { followPrinted, type Printed } from "../printed.ts";
import type { Context, Work } from "../provider.ts";
import { causeLines, likelyCauses } from "./causes.ts";
import { checkCandidate } from "./check.ts";
import { configurationDigest, makingOf } from "./container.ts";
import { readSeconds } from "./facts.ts";
import { readPlace } from "./look.ts";
import { imageTag, shortId } from "./names.ts";
import { type Noted, readEngine } from "./reading.ts";
import type { DockerPlace } from "./spec.ts";
import { failed, fencing, notDone } from "./step-end.ts";
import { logHere, logOn, onEngine, onThisEngine } from "./target.ts";

/** Runs one planned step. Whatever happens on the target is a result. */
export async function run(step: PlannedStep, place: DockerPlace, work: Work, context: Context): Promise<StepEnd> {
  const job: Job = { step, place, work, context };
  switch (step.action) {
    case "image":
      return await build(job);
    case "push":
      return await push(job);
    case "pull":
      return await pull(job);
    case "candidate":
      return await start("candidate", job);
    case "check":
      return await checkCandidate(step, place, work, context);
    case "switch":
      return await start("switch", job);
    case "finish":
      return await finish(job);
    default:
      return failed("internal", `the docker provider has no action ${step.action}`);
  }
}

interface Job {
  step: PlannedStep;
  place: DockerPlace;
  work: Work;
  context: Context;
}

/** Another target of the same rollout may be building the same image on this machine: tenths of a second. */
const patient = { wait: "36000" };

/** On the target; on this machine when a registry brings it to all targets. */
async function build({ step, place, work, context }: Job): Promise<StepEnd> {
  const { artifact } = work;
  const { target, args = {}, repository } = place.spec.image;
  const options = [
    ...(target === undefined ? [] : ["--target", target]),
    ...Object.entries(args).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
  ];
  const words = {
    ...fencing(step, work),
    dockerfile: String(step.input.dockerfile),
    sum: artifact.digest,
    tag: imageTag(place, String(step.input.key)),
    options: options.map(shellQuote).join(" "),
    fresh: step.input.anew === true ? "yes" : "no",
    ...patient,
  };
  const log = repository === undefined ? logOn("build", place, context) : logHere("build", place);
  const output = follow(log, work, context);
  const run = repository === undefined ? onEngine : onThisEngine;
  const end = await run("build", place, words, context, {
    payload: { file: fileOf(artifact) },
    timeoutSeconds: step.timeoutSeconds,
    onLine: output.onLine,
  });
  return ended(end, output.printed(), context, (answer) => [
    `image ${shortId(answer.get("image") ?? "")}, built with ${answer.get("builder") === "buildkit" ? "BuildKit" : "the classic builder: BuildKit is not here"}`,
  ]);
}

async function push(job: Job): Promise<StepEnd> {
  const { step, place, work, context } = job;
  const output = follow(logHere("push", place), work, context);
  const words = { ...fencing(step, work), tag: imageTag(place, String(step.input.key)), ...keeping(job), ...patient };
  const end = await onThisEngine("push", place, words, context, {
    timeoutSeconds: step.timeoutSeconds,
    onLine: output.onLine,
  });
  return ended(end, output.printed(), context, (answer) => [`the registry has ${answer.get("reference")}`]);
}

async function pull({ step, place, work, context }: Job): Promise<StepEnd> {
  const reference =
    typeof step.input.reference === "string" ? step.input.reference : await pushedReference(step, place, context);
  if (reference === null)
    return failed("image-pull-failed", "this machine does not know by which digest the image was pushed");
  const output = follow(logOn("pull", place, context), work, context);
  const end = await onEngine("pull", place, { ...fencing(step, work), reference }, context, {
    timeoutSeconds: step.timeoutSeconds,
    onLine: output.onLine,
  });
  return ended(end, output.printed(), context, (answer) => [
    `image ${shortId(answer.get("image") ?? "")} is ${reference}`,
  ]);
}

/** What the push noted on this machine. */
async function pushedReference(step: PlannedStep, place: DockerPlace, context: Context): Promise<string | null> {
  const end = await onThisEngine("read", place, {}, context, { timeoutSeconds: readSeconds });
  if (end.ended !== "answer") return null;
  return readEngine(end.answer).noted.find(({ key }) => key === step.input.key)?.reference ?? null;
}

/** Makes a container of the image that was noted on the target, as a candidate or to serve. */
async function start(verb: "candidate" | "switch", { step, place, work, context }: Job): Promise<StepEnd> {
  const noted = await notedImage(step, place, context);
  if (!("id" in noted)) return noted;
  const making = await makingOf(place);
  const words = {
    ...fencing(step, work),
    image: noted.id,
    options: making.options,
    candidate_options: making.candidateOptions,
    command: making.command,
    env: making.env,
    files: making.files === null ? "no" : "yes",
    configuration: configurationDigest(place),
    // The container is of the commit that its image was made of: another with the same source may be what was asked for.
    source: noted.source,
    commit: noted.commit,
  };
  // The container that does not start is removed, and its log with it.
  const output = follow(null, work, context);
  const end = await onEngine(verb, place, words, context, {
    ...(making.files === null ? {} : { payload: { text: making.files } }),
    timeoutSeconds: step.timeoutSeconds,
    onLine: output.onLine,
  });
  const done = ended(end, output.printed(), context, (answer) => [
    `container ${shortId(answer.get("container") ?? "")} of image ${shortId(noted.id)}`,
  ]);
  return done.result === "failed" ? withCauses(done, output.printed().output ?? []) : done;
}

/** The lines of a container that did not start may say why. */
function withCauses(end: Extract<StepEnd, { result: "failed" }>, lines: readonly string[]): StepEnd {
  const error = end.error.message.includes("container") ? end.error.message : "";
  const container = { status: "exited", running: false, exit: 1, oom: false, error, restarts: 0, health: null };
  const causes = likelyCauses({ lines, container, sockets: null, ports: [], asked: [] });
  if (causes.length === 0) return end;
  return { ...end, error: { ...end.error, message: `${end.error.message}; ${causeLines(causes).join("; ")}` } };
}

async function notedImage(step: PlannedStep, place: DockerPlace, context: Context): Promise<Noted | StepEnd> {
  const reading = await readPlace(place, context);
  if ("ended" in reading) return notDone(reading, context);
  const noted = reading.noted.find(({ key }) => key === step.input.key);
  return noted ?? failed("container-failed", "the image that was built or pulled is not noted on the target");
}

async function finish(job: Job): Promise<StepEnd> {
  const { step, place, work, context } = job;
  const words = { ...fencing(step, work), ...keeping(job) };
  const end = await onEngine("finish", place, words, context, { timeoutSeconds: step.timeoutSeconds });
  return ended(end, {}, context, (answer) => answer.all("removed").map((what) => `removed ${what}`));
}

/** Which images stay when others are pruned. */
function keeping({ place, work }: Job): Record<string, string> {
  return { keep: String(place.spec.keep), proven: [work.wanted.digest, ...work.wanted.proven].join(" ") };
}

/** Hands over the lines that a verb prints, but empty ones, and keeps the last of them. */
function follow(log: string | null, work: Work, { mask }: Context): ReturnType<typeof followPrinted> {
  const { onLine, printed } = followPrinted(log, mask, work.onLine);
  return { printed, onLine: (line) => (line === "|" ? undefined : onLine(line)) };
}

function ended(end: TargetEnd, output: Printed, context: Context, notes: (answer: Answer) => string[]): StepEnd {
  if (end.ended !== "answer") return notDone(end, context, output);
  const reused = end.answer.get("reused");
  if (reused !== null) return { result: "unchanged", reason: context.mask(reused) };
  const told = notes(end.answer).map(context.mask);
  return told.length === 0 ? { result: "done" } : { result: "done", notes: told };
}
