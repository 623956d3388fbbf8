import type { Code } from "./codes.ts";
import type { Finding } from "./finding.ts";

/** Which exit a user's mistake takes: wrong usage or manifest (2), blocked (3), failed (1), or no proof to be had (4). */
export type Refusal = "invalid" | "blocked" | "failed" | "unproven";

/** Something the user can mend. It carries findings, never a stack: anything else that is thrown is our own mistake. */
export class UserError extends Error {
  readonly refusal: Refusal;
  readonly findings: readonly Finding[];

  constructor(refusal: Refusal, findings: readonly Finding[], options?: { cause?: unknown }) {
    super(findings.map((finding) => finding.message).join("; "), options);
    this.name = "UserError";
    this.refusal = refusal;
    this.findings = findings;
  }

  /** The first finding's code: what scripts look at. */
  get code(): Code {
    return this.findings[0]?.code ?? "internal";
  }
}

/** Makes a user error of one finding. */
export function userError(refusal: Refusal, code: Code, message: string, more: Partial<Finding> = {}): UserError {
  return new UserError(refusal, [{ code, level: "block", message, ...more }]);
}

/** Adds one phrase in front of an error's message and keeps it as the cause. */
export function explain(phrase: string, cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof UserError) {
    const [first, ...rest] = cause.findings;
    if (first)
      return new UserError(cause.refusal, [{ ...first, message: `${phrase}: ${first.message}` }, ...rest], { cause });
  }
  return new Error(`${phrase}: ${message}`, { cause });
}
