import type { RolloutAnswer } from "../model/answers.ts";

/** Raised when a field of a document changes its meaning or goes away; new fields do not raise it. */
export const documentVersion = 1;

/**
 * What every `--json` document begins with, and its body. The body's keys are the command's own.
 *
 * @param streamed the last line of `--events`: one line, marked as the answer.
 */
export function jsonDocument(
  command: string,
  end: { outcome: string; exitCode: number },
  body: Readonly<Record<string, unknown>>,
  streamed = false,
): string {
  const document = { schemaVersion: documentVersion, command, outcome: end.outcome, exitCode: end.exitCode, ...body };
  return streamed ? JSON.stringify({ event: "answer", ...document }) : JSON.stringify(document, null, 2);
}

/** `rollout` of a document: the answer without what `outcome` and `exitCode` above it say already. */
export function rolloutBody(answer: RolloutAnswer): Record<string, unknown> {
  const { invalid: _, ...rollout } = answer;
  return { rollout: { ...rollout, reasons: answer.outcome.reasons, outcome: answer.outcome.outcome } };
}
