import { ulid } from "ulid";
import type { ExecuteInput } from "../execute/run-plan.ts";
import { AwsSessions } from "../io/aws/session.ts";
import type { Hosts } from "../io/hosts.ts";
import type { Lease, Ledger, Recorder } from "../ledger/ledger.ts";
import { UserError } from "../model/errors.ts";
import type { Evidence } from "../model/evidence.ts";
import { factKeys } from "../model/fact-keys.ts";
import { blocking, type Finding } from "../model/finding.ts";
import type { Notice } from "../model/notice.ts";
import type { Outcome } from "../model/outcome.ts";
import type { ResolvedPlace } from "../model/place.ts";
import type { Intent } from "../model/plan.ts";
import type { Progress } from "../model/progress.ts";
import type { RolloutEvent, Stage } from "../model/rollout.ts";
import type { State } from "../model/state.ts";
import type { Case } from "../prove/judge.ts";
import type { Context } from "../providers/provider.ts";
import { createMask } from "../util/mask.ts";
import type { RolloutAnswer } from "./answers.ts";
import { emptyAnswer, gather } from "./gather.ts";
import { Journal } from "./journal.ts";
import { placesAtOnce } from "./places-at-once.ts";
import { leavesRecord, recordRefusal } from "./record-refusal.ts";
import type { Scene } from "./scene.ts";
import type { World } from "./world.ts";

export interface AttemptRequest {
  intent: Intent;
  environment: string;
  reason?: string | undefined;
  /** How long to wait for the environment's lock, seconds; null: no lock is needed, nothing will be changed. */
  waitSeconds: number | null;
}

/**
 * One attempt at a rollout, from the first word to its outcome. Whatever ends it — a verdict, a refusal, a cancellation,
 * our own mistake — becomes the one Outcome that the screen, the exit code and the ledger show.
 */
export class Attempt {
  readonly id = ulid();
  readonly mask = createMask(factKeys);
  readonly answer: RolloutAnswer;
  /** Whom to tell how it ends. */
  notices: readonly Notice[] = [];
  readonly #request: AttemptRequest;
  readonly #world: World;
  #ledger: Ledger | null = null;
  #recorder: Recorder | null = null;
  #lease: Lease | null = null;
  #hosts: Hosts | null = null;
  readonly #aws = new AwsSessions();
  /** What was said when the right to go on was lost. */
  #lost: string | null = null;
  readonly #journal = new Journal();
  /** The last one that was begun, but the judging. */
  #stage: Stage | null = null;

  constructor(request: AttemptRequest, world: World) {
    this.#request = request;
    this.#world = world;
    const { intent, environment } = request;
    this.answer = emptyAnswer(this.id, intent, environment, this.#now());
  }

  /** The ledger to write refusals to, as soon as one is known. */
  useLedger(ledger: Ledger): void {
    this.#ledger = ledger;
  }

  /** The fencing token, or the newest known one where no lease was taken. */
  get token(): number {
    return this.#lease?.token ?? this.#recorder?.state().token ?? 0;
  }

  /** What reads the outside: it ends with the first Ctrl-C. */
  readingContext(directory?: string): Context {
    return this.#context(this.#world.signal, directory);
  }

  /** What changes targets: a step that was begun is finished, unless a second Ctrl-C says otherwise. */
  executing(): ExecuteInput {
    return {
      rollout: this.id,
      token: this.token,
      ledger: this.#recorder?.state().ledger ?? "",
      context: this.#context(this.#world.force),
      stop: this.#world.signal,
      record: (event) => this.record(event),
      show: (event) => this.show(event),
      mayGoOn: (asking) => this.#mayGoOn(asking),
      now: this.#world.now,
    };
  }

  /** Whether something outside ended the rollout before its steps did. */
  stopped(): Case["stopped"] {
    const { signal, force } = this.#world;
    if (signal.aborted && this.#stage === "prove")
      return { by: "cancelled", message: "the proof was cut off before all was read; nothing further was begun" };
    if (force.aborted)
      return { by: "cancelled", message: "the step under way was not waited for; on the target it goes on" };
    if (signal.aborted)
      return { by: "cancelled", message: "the step under way was finished, and nothing further was begun" };
    return this.#lost === null ? undefined : { by: "lease-lost", message: this.#lost };
  }

  /**
   * Takes the lock, opens the record and gives the state that it found. From here on everything is written down before it counts.
   * Who has to wait for the lock keeps no way to the targets open meanwhile.
   */
  async open(scene: Scene): Promise<State> {
    const { environment, reason, waitSeconds, intent } = this.#request;
    const world = this.#world;
    if (waitSeconds !== null) {
      this.#lease = await scene.ledger.lock(environment, {
        owner: world.owner,
        rollout: this.id,
        waitSeconds,
        signal: world.signal,
        onWait: (holder) => {
          this.#wait(
            "lock",
            `${holder.owner.who} holds ${environment} from ${holder.owner.host} since ${holder.since}`,
          );
          void this.#leave();
        },
      });
    }
    this.approach(scene.environment.places, scene.directory);
    this.#recorder = await scene.ledger.record(environment, this.id, scene.environment.application);
    this.#journal.open(this.#recorder);
    const before = this.#recorder.state();
    await this.record({
      event: "rollout-opened",
      at: this.#now(),
      rollout: this.id,
      application: scene.environment.application,
      environment,
      intent,
      revision: scene.resolved.revision,
      manifestDigest: scene.loaded.digest,
      owner: world.owner,
      token: this.token,
      ...(reason === undefined ? {} : { reason }),
      ...(isPartial(scene) ? { partial: true } : {}),
    });
    // The ledger's id is settled only by the first write: another may have begun the record at the same moment.
    const found = { ...before, ledger: this.#recorder.state().ledger };
    if (intent === "prove" || !before.last || before.last.outcome !== undefined) return found;
    await this.record({
      event: "took-over",
      at: this.#now(),
      rollout: this.id,
      from: before.last.id,
      owner: this.#lease?.tookOver?.owner ?? null,
    });
    return found;
  }

  /** Begins the way to places that will be read, where it is not begun yet: it takes longer than all that comes before the reading. */
  approach(places: readonly ResolvedPlace[], directory: string): void {
    const context = this.readingContext(directory);
    for (const place of places.slice(0, placesAtOnce)) {
      try {
        this.#world.providers.find(({ type }) => type === place.type)?.approach?.(place, context);
      } catch {
        // The survey will say what is wrong with it.
      }
    }
  }

  /**
   * Runs a stage: tells of it first, and does not begin it when the rollout was cancelled. What was done is judged in any
   * case: a step that failed before Ctrl-C has failed. Only before targets are changed is everything durable that was told;
   * the other stages go on while they are being written down.
   */
  async stage<T>(stage: Stage, work: () => T | Promise<T>): Promise<T> {
    if (stage !== "judge" && this.#world.signal.aborted) throw cancelled();
    if (stage !== "judge") this.#stage = stage;
    if (stage === "execute") await this.flush();
    this.note({ event: "stage", at: this.#now(), stage });
    if (stage === "execute") await this.flush();
    else this.#journal.flushBehind();
    return await work();
  }

  /** Writes an event and resolves when it is durable. */
  async record(event: RolloutEvent): Promise<void> {
    this.note(event);
    await this.flush();
  }

  /** Tells an event, and has it written with the next `record` or `flush`: many at once cost one commit. */
  note(event: RolloutEvent): void {
    const masked = this.mask.deep(event);
    gather(this.answer, masked);
    this.#journal.note(masked);
    this.#world.emit(masked);
  }

  /** Shows an event that is not recorded. */
  show(event: Progress): void {
    this.#world.emit(this.mask.deep(event));
  }

  /** Resolves when all that was noted is durable; rejects when some of it could not be written. */
  async flush(): Promise<void> {
    await this.#journal.flush();
  }

  findings(found: readonly Finding[]): void {
    for (const finding of found) this.note({ event: "finding", at: this.#now(), finding });
  }

  /** Tells that something is waited for. */
  waiting(what: string, message: string): void {
    this.#wait(what, message);
  }

  /** Notes all findings, and ends the rollout when one of them blocks: nothing was changed yet. */
  refuseBlocked(found: readonly Finding[]): void {
    const blocks = blocking(found);
    if (blocks.length > 0) throw new UserError("blocked", found);
    this.findings(found);
  }

  /** Runs the story and turns however it ends into the answer. Our own mistakes are thrown again, after they were recorded. */
  async conclude(story: () => Promise<Outcome>): Promise<RolloutAnswer> {
    let mistake: unknown;
    try {
      const outcome = await story();
      // What it was judged by is durable, or it does not count.
      await this.flush();
      this.answer.outcome = outcome;
    } catch (thrown) {
      // After Ctrl-C whatever was waited for ends with the signal's own error.
      const error = this.#world.signal.aborted && !(thrown instanceof UserError) ? cancelled() : thrown;
      if (!(error instanceof UserError)) mistake = error;
      this.answer.outcome = this.#refused(error);
    }
    this.answer.endedAt = this.#now();
    const [recorded] = await Promise.all([this.#finish(), this.end()]);
    await this.#tell(recorded);
    if (mistake !== undefined) throw mistake;
    return this.answer;
  }

  /** Records how it ended, and only then lets the next one in; false when that could not be recorded. */
  async #finish(): Promise<boolean> {
    const recorded = await this.#close();
    await this.#lease?.release().catch(() => {});
    return recorded;
  }

  /** Closes the connections. */
  async end(): Promise<void> {
    this.#aws.close();
    await this.#leave();
  }

  /** Closes the way to targets; whoever needs one after that goes it anew. What cannot be closed ends with this process. */
  async #leave(): Promise<void> {
    const hosts = this.#hosts;
    this.#hosts = null;
    await hosts?.close().catch(() => {});
  }

  /** What a thrown error means for the rollout. Its findings join the others. */
  #refused(error: unknown): Outcome {
    if (!(error instanceof UserError)) {
      const message = error instanceof Error ? error.message : String(error);
      return { outcome: "failed", reasons: [{ message: this.mask.text(message), code: "internal" }], deferred: [] };
    }
    this.answer.invalid = error.refusal === "invalid";
    const blocks = error.findings.filter((finding) => finding.level === "block");
    this.findings(error.findings.filter((finding) => finding.code !== "cancelled"));
    const reasons = blocks.map(({ message, code, component, target }) => ({
      message: this.mask.text(message),
      code,
      ...(component === undefined ? {} : { component }),
      ...(target === undefined ? {} : { target }),
    }));
    if (error.code === "cancelled") return { outcome: "cancelled", reasons, deferred: [] };
    const outcome = error.refusal === "invalid" ? "blocked" : error.refusal;
    return { outcome, reasons, deferred: [] };
  }

  /** Comes last: the outcome is recorded, the lock is free, and whatever happens to a notification changes neither. */
  async #tell(recorded: boolean): Promise<void> {
    if (this.notices.length === 0) return;
    const { tellOutcome } = await import("./notify.ts");
    const { notices, answer, mask } = this;
    await tellOutcome({ notices, answer, mask, ledger: recorded ? this.#ledger : null }, this.#world);
  }

  /** Records how it ended; false when that could not be done. */
  async #close(): Promise<boolean> {
    const outcome = this.mask.deep(this.answer.outcome);
    this.answer.outcome = outcome;
    this.answer.deferred = outcome.deferred;
    try {
      if (this.#recorder) {
        await this.#keepProven(outcome);
        await this.record({ event: "rollout-closed", at: this.#now(), rollout: this.id, outcome });
        await this.#recorder.close();
        await this.#warnUnsent();
      } else if (this.#ledger && (await leavesRecord(this.answer, this.#ledger)))
        await recordRefusal(this.answer, this.mask, this.#ledger, this.#world);
      else return false;
      return true;
    } catch (error) {
      this.#recordFailed(error);
      // What git still runs for it would keep this process from ending.
      await this.#recorder?.close().catch(() => {});
      return false;
    }
  }

  /** What was acknowledged here counts, though others do not see it yet. */
  async #warnUnsent(): Promise<void> {
    const ledger = await this.#ledger?.freshness();
    if (!ledger?.problem) return;
    const message = `${this.mask.text(ledger.problem.message)}; the record is kept in this clone, and the next run sends it`;
    this.answer.findings.push({ code: ledger.problem.code, level: "warning", message });
  }

  /** A rollback needs the commit, also when its branch was deleted or rewritten meanwhile. */
  async #keepProven({ outcome }: Outcome): Promise<void> {
    const { revision, intent } = this.answer;
    if (outcome !== "proven" || intent === "prove" || !revision) return;
    await this.#ledger?.keep(revision.commit).catch((error: unknown) => {
      const message = `${revision.commit} could not be kept from being lost with its branch: ${error instanceof Error ? error.message : String(error)}`;
      const code = error instanceof UserError ? error.code : "ledger-write-failed";
      this.findings([{ code, level: "warning", message }]);
    });
  }

  /** What is not in the record did not count: an outcome that could not be written is at best unproven. */
  #recordFailed(error: unknown): void {
    const message = `the outcome could not be recorded: ${error instanceof Error ? error.message : String(error)}`;
    const code = error instanceof UserError ? error.code : "ledger-write-failed";
    this.answer.findings.push({ code, level: "block", message });
    const { outcome, reasons, deferred } = this.answer.outcome;
    this.answer.outcome = {
      outcome: outcome === "proven" ? "unproven" : outcome,
      reasons: [...reasons, { message, code }],
      deferred,
    };
  }

  /** Looks once more whether the lease is ours: who was overtaken meanwhile cannot say what runs now. */
  async confirm(): Promise<void> {
    await this.#mayGoOn(true).catch(() => {});
  }

  async #mayGoOn(asking: boolean): Promise<void> {
    try {
      await this.#lease?.check({ asking });
    } catch (error) {
      this.#lost = error instanceof Error ? error.message : String(error);
      throw error;
    }
  }

  #context(signal: AbortSignal, directory?: string): Context {
    this.#hosts ??= this.#world.openHosts(directory ?? this.#world.directory);
    return { hosts: this.#hosts, aws: this.#aws, signal, mask: this.mask.text };
  }

  #wait(what: string, message: string): void {
    this.#world.emit({ event: "waiting", at: this.#now(), for: what, message: this.mask.text(message) });
  }

  #now(): string {
    return this.#world.now().toISOString();
  }
}

/** Whether the rollout leaves components of the application as they are. */
function isPartial({ loaded, resolved }: Scene): boolean {
  return Object.keys(loaded.manifest.components).some((name) => !(name in resolved.revision.components));
}

/** What is thrown to end a rollout that a person or a job stopped. */
export function cancelled(): UserError {
  return new UserError("unproven", [
    { code: "cancelled", level: "block", message: "stopped before anything further was begun" },
  ]);
}

/** The worst verdict among pieces of evidence; unknown when there is none. */
export function worst(evidence: readonly Evidence[]): Evidence["verdict"] {
  if (evidence.some((item) => item.verdict === "refuted")) return "refuted";
  return evidence.length > 0 && evidence.every((item) => item.verdict === "proven") ? "proven" : "unknown";
}
