import type { HeldArtifact } from "../model/artifact.ts";
import { UserError } from "../model/errors.ts";
import type { ResolvedPlace } from "../model/place.ts";
import type { PlannedTarget } from "../model/plan.ts";
import type { RolloutEvent } from "../model/rollout.ts";
import type { PlannedStep, StepEnd, StepResult } from "../model/step.ts";
import type { Context, Provider, Wanted, Work } from "../providers/provider.ts";

/** One place that is to be changed. */
export interface Job {
  planned: PlannedTarget;
  place: ResolvedPlace;
  provider: Provider;
  wanted: Wanted;
  artifact: HeldArtifact;
}

export interface ExecuteInput {
  rollout: string;
  token: number;
  ledger: string;
  context: Context;
  /** Aborted when no further step may begin. The context's own signal ends the step under way. */
  stop: AbortSignal;
  /** Writes an event; resolves when it is durable. */
  record: (event: RolloutEvent) => Promise<void>;
  /** Tells of an event that is only shown. */
  show: (event: RolloutEvent) => void;
  /** Throws a UserError `lease-lost` when this rollout may no longer change anything. `asking`: by what the lease's store says now. */
  mayGoOn: (asking: boolean) => Promise<void>;
  now: () => Date;
}

/**
 * Runs the steps of a place in order. After a step that failed, or when the right to go on is lost, no other is started:
 * the rest are `not-reached`, each with the reason. The only stage that changes a target.
 */
export async function runSteps(job: Job, input: ExecuteInput): Promise<StepResult[]> {
  const results: StepResult[] = [];
  let stopped: string | null = null;
  let tookOver = false;
  let written = Promise.resolve();
  for (const step of job.planned.steps) {
    // The end of one step is durable before the next begins, and the lease is looked at meanwhile.
    stopped = await both(stopped ?? reasonToStop(input, step.takesOver && !tookOver), written);
    tookOver ||= step.takesOver;
    const result: StepResult =
      stopped === null
        ? await runStep(step, job, input)
        : { component: step.component, target: step.target, name: step.name, result: "not-reached", reason: stopped };
    written = input.record({ event: "step-ended", at: input.now().toISOString(), step: result });
    results.push(result);
    if (result.result === "failed") stopped = `it comes after ${step.name}, which failed`;
  }
  await written;
  return results;
}

async function both<T>(value: T | Promise<T>, meanwhile: Promise<void>): Promise<T> {
  const [had] = await Promise.all([value, meanwhile]);
  return had;
}

/**
 * The lease is looked at just before each step: what cannot be fenced on the target is fenced here. Before the first step that
 * touches what runs its store is asked: somebody may have broken the lock a moment ago.
 */
async function reasonToStop(input: ExecuteInput, asking: boolean): Promise<string | null> {
  if (input.stop.aborted) return "the rollout was cancelled";
  try {
    await input.mayGoOn(asking);
    return null;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

async function runStep(step: PlannedStep, job: Job, input: ExecuteInput): Promise<StepResult> {
  const { component, target, name } = step;
  const startedAt = input.now().toISOString();
  await input.record({ event: "step-started", at: startedAt, component, target, name });
  const once = { component, target, name, digest: job.wanted.digest, token: input.token };
  // Durable before the step begins: should this process die now, the next one knows that it must ask.
  if (step.once) await input.record({ event: "once-started", at: startedAt, ...once });
  const work: Work = {
    rollout: input.rollout,
    token: input.token,
    ledger: input.ledger,
    wanted: job.wanted,
    artifact: job.artifact,
    confirm: () => input.mayGoOn(true),
    onLine: (line) =>
      input.show({ event: "step-output", at: input.now().toISOString(), component, target, name, line }),
  };
  const end: StepEnd = await job.provider.run(step, job.place, work, input.context);
  const endedAt = input.now().toISOString();
  if (step.once && endIsKnown(end)) {
    await input.record({
      event: "once-ended",
      at: endedAt,
      ...once,
      ...(end.result === "failed" ? { error: end.error } : {}),
    });
  }
  return { component, target, name, startedAt, endedAt, ...end };
}

/**
 * A broken connection or a cancellation says nothing about how the step ended, and one that its time limit or a signal (a
 * status above 128) ended may have done half: its record stays open, so that it is asked for.
 */
function endIsKnown(end: StepEnd): boolean {
  if (end.result === "done" || end.result === "unchanged") return true;
  if (end.result !== "failed" || end.error.exitStatus === undefined) return false;
  // The step itself came to its end there: the status is that of the backup's check.
  if (end.error.code === "backup-unverified") return true;
  return end.error.code !== "step-timeout" && end.error.exitStatus <= 128;
}
