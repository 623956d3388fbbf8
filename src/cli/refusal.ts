import { type Refusal, UserError } from "../model/errors.ts";
import type { Finding } from "../model/finding.ts";
import { findingLines } from "../report/findings.ts";
import { printable } from "../report/printable.ts";
import type { Ending } from "./exit-codes.ts";
import type { Reply } from "./verb.ts";

const endingOf: Record<Refusal, Ending> = {
  invalid: "invalid",
  blocked: "blocked",
  failed: "failed",
  unproven: "unproven",
};

/** What to answer when a verb threw: the user's mistake as its findings, or ours as `internal`. */
export function refusal(error: unknown, { cancelled = false, debug = false } = {}): Reply {
  if (error instanceof UserError) {
    const ending = cancelled && error.code === "cancelled" ? "cancelled" : endingOf[error.refusal];
    return refused(ending, error.findings);
  }
  const message = error instanceof Error ? error.message : String(error);
  if (cancelled && error instanceof Error && error.name === "AbortError")
    return refused("cancelled", [{ code: "cancelled", level: "block", message: "stopped before it ended" }]);
  const stack = debug && error instanceof Error ? `\n${error.stack ?? ""}` : "";
  const fix = debug ? {} : { fix: "set LANDFALL_DEBUG=1 to see where it happened" };
  return refused("failed", [{ code: "internal", level: "block", message, ...fix }], stack);
}

/** The reply of a command that was refused, or that could not be understood. */
export function refused(ending: Ending, findings: readonly Finding[], more = ""): Reply {
  return {
    ending,
    refused: true,
    body: { findings },
    text: (paint) => findingLines(printable(findings), paint).join("\n") + more,
    findings,
  };
}
