import type { Approval, ApprovalEvent, Signature, Statement } from "../model/approval.ts";
import type { Freshness } from "../model/freshness.ts";
import type { Holder } from "../model/holder.ts";
import type { Owner, Rollout, RolloutEvent } from "../model/rollout.ts";
import type { State } from "../model/state.ts";

import type { ApprovalRequest } from "./approve.ts";
import type { Signers } from "./signature.ts";

export type { Holder };

/** Who takes an approval back, and why. */
export type Withdrawal = Extract<ApprovalEvent, { event: "approval-withdrawn" }>;

/** The right to change an environment, renewed in the background until released. */
export interface Lease {
  readonly rollout: string;
  /** The fencing token: larger than every one given out before. */
  readonly token: number;
  /** The lease that was taken over because its holder was dead, if any. */
  readonly tookOver: Holder | null;
  /** Aborted as soon as the lease is known to be lost. */
  readonly lost: AbortSignal;
  /**
   * Reads the lease now, or knows it from less than half its length ago where it lies at a remote. Throws a UserError
   * `lease-lost` when it is no longer ours. With `asking` the remote is asked in any case, and silence is a refusal too.
   */
  check(how?: { asking?: boolean }): Promise<void>;
  /** Gives it back. Calling it twice is harmless; a lost lease is left alone. */
  release(): Promise<void>;
}

export interface LockRequest {
  owner: Owner;
  rollout: string;
  /** How long to wait for a live holder, in seconds. 0: not at all. */
  waitSeconds: number;
  signal: AbortSignal;
  /** Called once when waiting begins, and again whenever the holder changes. */
  onWait?: (holder: Holder) => void;
}

/** Writes one rollout. Acknowledged means durable. */
export interface Recorder {
  readonly rollout: string;
  /**
   * Appends an event. Resolves when it is durable and reachable from the ledger's ref; events that arrive while a batch
   * is being written go into the next one. Rejects with a UserError `ledger-write-failed` otherwise; and, before the first
   * event of the stage `execute` is written, with `ledger-unreachable` or `ledger-read-only` when the remote does not take
   * what was recorded.
   */
  append(event: RolloutEvent): Promise<void>;
  /** The state after everything acknowledged so far. Where nothing was recorded before, its `ledger` is final only after the first event. */
  state(): State;
  /** Waits for what is under way and ends the writer. */
  close(): Promise<void>;
}

/** The append-only record of one application's environments. */
export interface Ledger {
  /** The present state, or null when nothing was ever recorded. Throws `ledger-rewritten`, `ledger-damaged`. */
  state(environment: string): Promise<State | null>;
  /** The environments that have a record, sorted. */
  environments(): Promise<string[]>;
  holder(environment: string): Promise<Holder | null>;
  /** State and holder in one look: what `status` shows of an environment. */
  present(environment: string): Promise<{ state: State | null; holder: Holder | null }>;
  /**
   * Takes the lease, at once or when its holder releases it or is dead. Throws a UserError (blocked) `lock-held` that names
   * the holder, `ledger-unreachable` or `ledger-read-only` of a remote, and the signal's reason when it is aborted.
   */
  lock(environment: string, request: LockRequest): Promise<Lease>;
  /**
   * Breaks the lease of another; the next token is larger, so its holder is fenced. Who did it and why is recorded with the
   * rollout that held it. Throws `not-locked`.
   */
  unlock(environment: string, owner: Owner, reason: string): Promise<Holder>;
  /** Begins to record a rollout, whose id is a ULID. Does not need the lease: a refused attempt is recorded too. */
  record(environment: string, rollout: string, application: string): Promise<Recorder>;
  /**
   * Records an approval of a plan. Resolves when others see it. Throws `signing-failed`, what the request's own look at the
   * signed commit throws, and what writing throws: nothing was recorded then.
   */
  approve(environment: string, request: ApprovalRequest): Promise<Approval>;
  /** Takes an approval back. */
  withdraw(environment: string, event: Withdrawal): Promise<void>;
  /**
   * What an approval's signed commit is worth: who signed, and whether it states what it is used for. `recorded`: it is in
   * the record, which must be whole. Never throws for what it reads.
   */
  signature(
    environment: string,
    commit: string,
    expected: Statement,
    signers: Signers,
    recorded: boolean,
  ): Promise<Signature>;
  /** Keeps a proven commit from being lost with its branch. Doing it again is harmless. */
  keep(commit: string): Promise<void>;
  /**
   * Rollouts, newest first. One that was opened and never closed is `interrupted`; while its lease is live it is `open`
   * instead, and `unproven` so far.
   */
  history(environment: string, limit: number): Promise<Rollout[]>;
  /** One rollout by id or by a unique beginning of it. Throws `no-such-rollout`. */
  rollout(environment: string, id: string): Promise<Rollout>;
  /**
   * How new what was read is; null for a record that is not shared. Reading goes on with what this clone knows when the
   * remote cannot be asked: this says so.
   */
  freshness(): Promise<Freshness | null>;
}
