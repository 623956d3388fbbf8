import type { Code } from "./codes.ts";

/** What was asked of a service: its answer, or why there is none. A refusal is never an empty answer. */
export type Asked<T> = { state: "read"; value: T } | Unanswered;

export interface Unanswered {
  state: "unknown";
  code: Code;
  reason: string;
  /** The permission that the identity lacks, such as `iam:ListAccessKeys`; absent where that is not the reason. */
  permission?: string;
}

/** The answer, or what stands in for it where there is none. */
export function answerOr<T, U>(asked: Asked<T>, otherwise: U): T | U {
  return asked.state === "read" ? asked.value : otherwise;
}

/** In a few words why something is not known. */
export function whyUnknown({ permission, reason }: Unanswered): string {
  return permission === undefined ? reason : `${permission} is not allowed`;
}
