import type { RolloutAnswer, UnitLogs } from "../model/answers.ts";
import type { StepResult } from "../model/step.ts";
import { conclusion, type ReturnPoint, withoutTold } from "./conclusion.ts";
import { findingLines, placeName } from "./findings.ts";
import type { Paint } from "./paint.ts";

/** The answer of deploy, rollback and prove: what a failed step printed, the findings, and the last lines. */
export function rolloutText(answer: RolloutAnswer, wayBack: ReturnPoint | null, paint: Paint): string {
  const outcome = withoutTold(answer.outcome, answer.findings);
  const parts = [
    answer.steps.flatMap((step) => failedStepLines(step, paint)),
    answer.logs.flatMap((logs) => logLines(logs, paint)),
    findingLines(answer.findings, paint),
    conclusion({ ...answer, outcome }, wayBack, paint),
  ];
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

/** The last lines that a failed step printed, so that nobody has to look for them. */
export function failedStepLines(step: StepResult, paint: Paint): string[] {
  if (step.result !== "failed") return [];
  const { output = [], exitStatus } = step.error;
  if (output.length === 0) return [];
  const status = exitStatus === undefined ? "" : ` (exit status ${exitStatus})`;
  return quoted(`${placeName(step.component, step.target)}: the last lines of ${step.name}${status}`, output, paint);
}

/** What a unit whose proof failed says itself. */
export function logLines({ component, target, lines }: UnitLogs, paint: Paint): string[] {
  return quoted(`${placeName(component, target)}: the last lines of its log`, lines, paint);
}

function quoted(title: string, lines: readonly string[], paint: Paint): string[] {
  return [title, ...lines.map((line) => `  ${paint("dim", "│")} ${line}`)];
}
