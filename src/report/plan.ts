import type { PlanAnswer } from "../model/answers.ts";
import { blocking } from "../model/finding.ts";
import { changesNothing } from "../model/plan.ts";
import { revisionName } from "../model/revision.ts";
import { hashLines } from "./approval.ts";
import { findingLines, placeName } from "./findings.ts";
import type { Paint } from "./paint.ts";
import { withRemedies } from "./remedies.ts";
import { columns, hanging } from "./table.ts";

/** What a deploy would do, with the reason for each step and for each thing left alone. */
export function planText(answer: PlanAnswer, paint: Paint): string {
  return [
    ...planLines(answer, paint),
    ...hashLines(answer, paint),
    ...section(findingLines(withRemedies(answer.findings), paint)),
    "",
    summary(answer, paint),
  ].join("\n");
}

function planLines({ plan, changes }: PlanAnswer, paint: Paint): string[] {
  const { revision } = plan;
  const name = paint("bold", revisionName(plan.application, revision));
  const dirty = revision.dirty ? paint("yellow", " (the working tree differs)") : "";
  return [
    `${plan.intent} ${name} to ${paint("bold", plan.environment)}${dirty}  ${paint("dim", revision.subject)}`,
    ...plan.targets.flatMap((target) => {
      const after = target.after.length === 0 ? "" : paint("dim", ` after ${target.after.join(", ")}`);
      const verb = target.steps.length === 0 ? "left alone: " : "";
      return [
        "",
        `${paint("bold", placeName(target.component, target.target))}${after}  ${verb}${hanging(target.reason, "  ")}`,
        ...changes
          .filter(({ component, target: name }) => component === target.component && name === target.target)
          .map(({ reason }) => `  ${paint("dim", "source:")} ${hanging(reason, "          ")}`),
        ...columns(
          target.steps.map((step, index) => [String(index + 1).padStart(2), step.name, hanging(step.reason, "      ")]),
          "  ",
        ),
      ];
    }),
  ];
}

function summary({ plan, findings }: PlanAnswer, paint: Paint): string {
  const blocks = blocking(findings).length;
  if (blocks > 0)
    return paint("red", `✘ BLOCKED  a ${plan.intent} would be refused: ${count(blocks, "finding")} above`);
  if (changesNothing(plan)) return `Nothing to change. A ${plan.intent} would prove again what runs.`;
  const steps = plan.targets.reduce((sum, target) => sum + target.steps.length, 0);
  const targets = plan.targets.filter((target) => target.steps.length > 0).length;
  const how =
    plan.intent === "deploy"
      ? `\`landfall deploy ${plan.environment}\` with the same options`
      : "the same without --dry-run";
  return `${count(steps, "step")} on ${count(targets, "target")}. Nothing was changed; ${how} does it.`;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

function section(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", ...lines];
}
