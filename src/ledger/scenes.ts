import assert from "node:assert/strict";
import { ulid } from "ulid";
import { readOwner } from "../io/owner.ts";
import { UserError } from "../model/errors.ts";
import type { OutcomeName } from "../model/outcome.ts";
import type { Owner, RolloutEvent } from "../model/rollout.ts";
import type { State } from "../model/state.ts";
import { emptyState, fold, openScope } from "./fold.ts";
import type { Ledger, LockRequest, Recorder } from "./ledger.ts";

/** Sets scenes for the tests of ledgers: one application `shop`, one component `web`, one target `m1`. */
export const ana: Owner = { ...readOwner({}), who: "ana" };
export const elsewhere: Owner = { ...ana, host: "elsewhere", boot: "another" };

export function request(more: Partial<LockRequest> = {}): LockRequest {
  return { owner: ana, rollout: ulid(), waitSeconds: 0, signal: new AbortController().signal, ...more };
}

/** Begins a rollout and records its opening. */
export async function opened(
  ledger: Ledger,
  environment: string,
  token: number,
  rollout: string = ulid(),
  commit: string = "a".repeat(40),
): Promise<Recorder> {
  const recorder = await ledger.record(environment, rollout, "shop");
  await recorder.append(opening(environment, token, rollout, commit));
  return recorder;
}

/** A whole rollout, from its opening to its outcome. */
export async function deployed(
  ledger: Ledger,
  environment: string,
  token: number,
  commit: string,
  outcome: "proven" | "failed",
): Promise<Recorder> {
  const recorder = await opened(ledger, environment, token, ulid(), commit);
  const written = [surveyed("it runs something else"), evidence(outcome === "proven" ? "proven" : "refuted")];
  for (const event of [...written, closing(recorder.rollout, outcome)]) await recorder.append(event);
  await recorder.close();
  return recorder;
}

export function opening(
  environment: string,
  token: number,
  rollout: string,
  commit = "a".repeat(40),
): Extract<RolloutEvent, { event: "rollout-opened" }> {
  return {
    event: "rollout-opened",
    at: now(),
    rollout,
    application: "shop",
    environment,
    intent: "deploy",
    revision: {
      commit,
      committedAt: now(),
      subject: "Sell more",
      branches: ["main"],
      dirty: false,
      repository: "shop.git",
      components: { web: `sha256:${commit}` },
    },
    manifestDigest: "sha256:0",
    owner: ana,
    token,
  };
}

export function surveyed(summary: string): RolloutEvent {
  return { event: "surveyed", at: now(), component: "web", target: "m1", summary };
}

export function evidence(verdict: "proven" | "refuted" = "proven"): RolloutEvent {
  const readings = [{ unit: "pid 812", identity: "a".repeat(40), source: "/proc/812/cwd", at: now() }];
  const claim = { component: "web", target: "m1", claim: "process", expected: "a".repeat(40) };
  return { event: "evidence", at: now(), evidence: { ...claim, readings, verdict, reason: "as read" } };
}

export function closing(rollout: string, outcome: OutcomeName): RolloutEvent {
  return { event: "rollout-closed", at: now(), rollout, outcome: { outcome, reasons: [], deferred: [] } };
}

export function refusal(environment: string, rollout: string): RolloutEvent {
  const outcome = { outcome: "blocked" as const, reasons: [], deferred: [] };
  const what = { rollout, application: "shop", environment, intent: "deploy" as const, commit: null };
  return { event: "rollout-refused", at: now(), ...what, owner: ana, findings: [], outcome };
}

/** The state that the events of rollouts give, one rollout after the other. */
export function foldAll(ledger: string, environment: string, rollouts: readonly RolloutEvent[][]): State {
  return rollouts.reduce(
    (state, events, index) => {
      const scope = openScope(openingOf(events) ?? `${index}`);
      return events.reduce((folded, event) => fold(folded, event, scope), state);
    },
    emptyState(ledger, "shop", environment),
  );
}

/** Expects a user error of this code, and gives it. */
export async function refuses(promise: Promise<unknown>, code: string): Promise<UserError> {
  const error = await promise.then(
    () => assert.fail(`expected ${code}, and it went through`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof UserError, `expected ${code}, not ${error}`);
  assert.equal(error.code, code);
  return error;
}

function openingOf(events: readonly RolloutEvent[]): string | undefined {
  return events.find((event) => event.event === "rollout-opened")?.rollout;
}

function now(): string {
  return new Date().toISOString();
}
