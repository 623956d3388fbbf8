import type { RolloutAnswer } from "../model/answers.ts";
import type { Finding } from "../model/finding.ts";
import type { Outcome, Reason } from "../model/outcome.ts";
import { revisionName, shortCommit } from "../model/revision.ts";
import { explainHint, placeName } from "./findings.ts";
import type { Paint } from "./paint.ts";
import { hanging } from "./table.ts";
import { moment } from "./time.ts";

/**
 * What a rollout that did not end well leaves behind: where a rollback would return to, the commands that ran although the
 * revision never took over, or that nothing was touched.
 */
export type Aftermath =
  | { left: "changed"; commit: string; at: string }
  | { left: "unswitched"; commands: readonly string[] }
  | { left: "untouched" };

type Concluded = Pick<RolloutAnswer, "application" | "environment" | "revision" | "outcome" | "invalid">;

/**
 * The last lines of a rollout: the outcome, what was read or what went wrong, what is owed, and the way back.
 *
 * @param aftermath null when it ended well, or nothing was proven before.
 */
export function conclusion(answer: Concluded, aftermath: Aftermath | null, paint: Paint): string[] {
  const { outcome, environment } = answer;
  const revision = answer.revision ? `  ${revisionName(answer.application, answer.revision)}` : "";
  const head = `${headline(answer, paint)} ${environment}${revision}`;
  const lines =
    outcome.outcome === "proven" ? provenLines(head, outcome.reasons) : wrongLines(head, outcome.reasons, paint);
  for (const debt of outcome.deferred) {
    const owes = `it owes ${shortCommit(debt.commit)} and will catch up`;
    lines.push(`${paint("yellow", "⚠ DEFERRED")} ${environment}  ${withPlace(debt.target, debt.reason)}: ${owes}`);
  }
  if (aftermath?.left === "untouched") lines.push("  nothing that runs was touched");
  if (aftermath?.left === "unswitched")
    lines.push(
      `  the revision did not take over; ${aftermath.commands.join(", ")} ran: \`landfall prove ${environment}\` reads what runs now`,
    );
  if (aftermath?.left === "changed")
    lines.push(
      `  nothing was rolled back; \`landfall rollback ${environment}\` returns to ${shortCommit(aftermath.commit)} (proven ${moment(aftermath.at)})`,
    );
  return lines;
}

/** An outcome without the reasons that only repeat a finding: they would be read twice. */
export function withoutTold(outcome: Outcome, findings: readonly Finding[]): Outcome {
  const told = new Set(findings.map((finding) => finding.message));
  return { ...outcome, reasons: outcome.reasons.filter((reason) => !told.has(reason.message)) };
}

/** `✔ PROVEN  `: the word that the exit code also stands for. */
function headline({ outcome, invalid }: Concluded, paint: Paint): string {
  if (outcome.outcome === "proven") return paint("green", "✔ PROVEN  ");
  const word = invalid ? "INVALID" : outcome.outcome.toUpperCase();
  const soft = outcome.outcome === "unproven" || outcome.outcome === "interrupted" || outcome.outcome === "cancelled";
  return paint(soft ? "yellow" : "red", `${soft ? "⚠" : "✘"} ${word.padEnd(8)}`);
}

function provenLines(head: string, reasons: readonly Reason[]): string[] {
  const places = placeWords(reasons);
  const [first, ...rest] = reasons.map((reason, index) => withPlace(places[index] ?? "", reason.message));
  if (first === undefined) return [head];
  return rest.length === 0 ? [`${head}  ${first}`] : [head, ...[first, ...rest].map((line) => `  ${line}`)];
}

function withPlace(place: string, message: string): string {
  return place === "" || message.startsWith(`${place}:`) || message.startsWith(`${place} `)
    ? message
    : `${place}: ${message}`;
}

function wrongLines(head: string, reasons: readonly Reason[], paint: Paint): string[] {
  const places = placeWords(reasons);
  const widest = Math.max(0, ...places.map((place) => place.length));
  return [
    head,
    ...reasons.map((reason, index) => {
      const place = widest === 0 ? "" : `${(places[index] ?? "").padEnd(widest)}  `;
      const hint = reason.code ? `  ${explainHint(reason.code, paint)}` : "";
      return `  ${place}${hanging(reason.message, "    ")}${hint}`;
    }),
  ];
}

/** How each reason names its place: by target alone where that is clear. */
function placeWords(reasons: readonly Reason[]): string[] {
  const components = new Set(reasons.flatMap((reason) => (reason.component === undefined ? [] : [reason.component])));
  return reasons.map((reason) => placeName(components.size > 1 ? reason.component : undefined, reason.target));
}
