import type { RolloutAnswer, UnitLogs } from "../model/answers.ts";
import type { StepResult } from "../model/step.ts";
import { type Aftermath, conclusion, withoutTold } from "./conclusion.ts";
import { findingLines, placeName } from "./findings.ts";
import type { Paint } from "./paint.ts";
import { withRemedies } from "./remedies.ts";
import { span } from "./time.ts";

/** The answer of deploy, rollback and prove: what a failed step printed, the findings, and the last lines. */
export function rolloutText(answer: RolloutAnswer, aftermath: Aftermath | null, paint: Paint): string {
  const outcome = withoutTold(answer.outcome, answer.findings);
  const parts = [
    answer.steps.flatMap((step) => failedStepLines(step, paint)),
    answer.logs.flatMap((logs) => logLines(logs, paint)),
    findingLines(withRemedies(answer.findings), paint),
    [...conclusion({ ...answer, outcome }, aftermath, paint), ...recordLine(answer, paint)],
  ];
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

/** Under which name the record has it, and how long it took. */
function recordLine({ id, startedAt, endedAt }: RolloutAnswer, paint: Paint): string[] {
  const took = endedAt === null ? "" : `, ${span((Date.parse(endedAt) - Date.parse(startedAt)) / 1000)}`;
  return [paint("dim", `  rollout ${id}${took}`)];
}

/** The last lines that a failed step printed, so that nobody has to look for them. */
export function failedStepLines(step: StepResult, paint: Paint): string[] {
  if (step.result !== "failed") return [];
  const { output = [], outputLines, log, exitStatus } = step.error;
  if (output.length === 0) return [];
  const status = exitStatus === undefined ? "" : ` (exit status ${exitStatus})`;
  const cutOff = (outputLines ?? output.length) - output.length;
  const which = cutOff > 0 ? `the last ${output.length} of ${outputLines} lines` : "the last lines";
  const title = `${placeName(step.component, step.target)}: ${which} of ${step.name}${status}`;
  const whole = cutOff > 0 && log !== undefined ? [`  all of them: ${log}`] : [];
  return [...quoted(title, output, paint), ...whole];
}

/** What a unit whose proof failed says itself. */
export function logLines({ component, target, lines }: UnitLogs, paint: Paint): string[] {
  return quoted(`${placeName(component, target)}: the last lines of its log`, lines, paint);
}

function quoted(title: string, lines: readonly string[], paint: Paint): string[] {
  return [title, ...lines.map((line) => `  ${paint("dim", "│")} ${line}`)];
}
