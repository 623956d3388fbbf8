import type { ApprovalEvent } from "../model/approval.ts";
import { type UserError, userError } from "../model/errors.ts";
import type { RolloutEvent } from "../model/rollout.ts";
import type { State } from "../model/state.ts";

/**
 * Reads state.json. It was written by this program, so its shape is checked only as far as to notice damage: a full schema
 * would cost `status` more time than all its reading.
 */
export function parseState(environment: string, text: string): State {
  const value = parseJson(text);
  if (!isRecord(value)) throw damaged(environment, "state.json");
  if (value.schemaVersion !== 1 || !isState(value)) throw damaged(environment, "state.json");
  return value;
}

/** Reads a segment: one event per line. */
export function parseEvents(environment: string, path: string, text: string): RolloutEvent[] {
  return parseLines(environment, path, text, isEvent);
}

/** Reads what was recorded of an approval. */
export function parseApprovalEvents(environment: string, path: string, text: string): ApprovalEvent[] {
  return parseLines(environment, path, text, isApprovalEvent);
}

function parseLines<T>(environment: string, path: string, text: string, is: (value: unknown) => value is T): T[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const event = parseJson(line);
      if (!is(event)) throw damaged(environment, path);
      return event;
    });
}

export function damaged(environment: string, what: string): UserError {
  return userError(
    "blocked",
    "ledger-damaged",
    `the ledger of ${environment} cannot be read: ${what} is missing or malformed`,
  );
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isState(value: Record<string, unknown>): value is Record<string, unknown> & State {
  return (
    ["ledger", "application", "environment"].every((key) => typeof value[key] === "string") &&
    Number.isSafeInteger(value.token) &&
    ["proven", "verdicts", "pairs", "once"].every((key) => isRecord(value[key])) &&
    ["revisions", "debts"].every((key) => Array.isArray(value[key]))
  );
}

function isApprovalEvent(value: unknown): value is ApprovalEvent {
  return isRecord(value) && typeof value.at === "string" && ["string", "object"].includes(typeof value.approval);
}

function isEvent(value: unknown): value is RolloutEvent {
  return isRecord(value) && typeof value.event === "string" && typeof value.at === "string";
}
