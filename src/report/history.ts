import type { HistoryAnswer } from "../model/answers.ts";
import { staleness } from "../model/freshness.ts";
import { commitsName, shortCommit } from "../model/revision.ts";
import type { Rollout, RolloutEvent } from "../model/rollout.ts";
import { approvalTable, approvalTaken } from "./approval.ts";
import { conclusion, withoutTold } from "./conclusion.ts";
import { findingLines, placeName } from "./findings.ts";
import type { Paint } from "./paint.ts";
import { failedStepLines, logLines } from "./rollout.ts";
import { columns, cut, hanging } from "./table.ts";
import { moment, span } from "./time.ts";

/** `history show` has the whole of it. */
const longestReason = 100;

/** Rollouts, newest first: one line each. */
export function historyText({ environment, rollouts, approvals, ledger }: HistoryAnswer, paint: Paint): string {
  const warning = findingLines(staleness(ledger), paint);
  const approved = approvalTable(approvals, paint);
  if (rollouts.length === 0)
    return [...warning, `Nothing was ever deployed to ${environment}.`, ...approved].join("\n");
  const head = ["ROLLOUT", "WHEN", "WHAT", "COMMIT", "OUTCOME", "WHO", "RESULT"].map((word) => paint("dim", word));
  const rows = columns([
    head,
    ...rollouts.map((rollout) => [
      rollout.id,
      moment(rollout.opened.at),
      rollout.opened.intent,
      commitOf(rollout),
      outcomeWord(rollout, paint),
      rollout.opened.owner.who,
      cut(resultOf(rollout), longestReason),
    ]),
  ]);
  return [...warning, ...rows, ...approved].join("\n");
}

/** Why it was asked for, where somebody said so, and what came of it. */
function resultOf({ opened, outcome }: Rollout): string {
  const asked = opened.event === "rollout-opened" && opened.reason ? `"${opened.reason.replaceAll("\n", " ")}": ` : "";
  return `${asked}${outcome.reasons[0]?.message.split("\n")[0] ?? ""}`;
}

/** One rollout with every step and piece of evidence. */
export function rolloutHistoryText(rollout: Rollout, paint: Paint): string {
  const { opened } = rollout;
  const reason =
    opened.event === "rollout-opened" && opened.reason ? [`why      ${hanging(opened.reason, "         ")}`] : [];
  return [
    `${opened.intent} of ${paint("bold", commitOf(rollout))} to ${paint("bold", opened.environment)}  ${outcomeWord(rollout, paint)}`,
    `rollout  ${rollout.id}`,
    `by       ${opened.owner.who} on ${opened.owner.host} (pid ${opened.owner.pid})`,
    `when     ${moment(opened.at)}${rollout.closedAt ? `, ended ${moment(rollout.closedAt)}` : ", never ended"}`,
    ...reason,
    ...rollout.events.flatMap(approvalTaken),
    ...sourceLines(rollout),
    ...titled("Plan", rollout.events.flatMap(planned), paint),
    ...titled(
      "Steps",
      rollout.events.flatMap((event) => stepLines(event, paint)),
      paint,
    ),
    ...titled(
      "Evidence",
      rollout.events.flatMap((event) => evidenceLines(event, paint)),
      paint,
    ),
    ...titled("Findings", findingLines(findingsOf(rollout), paint), paint),
    ...titled("Notifications", rollout.events.flatMap(notificationLines), paint),
    "",
    ...conclusion(concluded(rollout), null, paint),
  ].join("\n");
}

function titled(title: string, lines: readonly string[], paint: Paint): string[] {
  return lines.length === 0 ? [] : ["", paint("bold", title), ...lines.map((line) => `  ${line}`)];
}

function planned(event: RolloutEvent): string[] {
  if (event.event !== "planned") return [];
  return event.plan.targets.map((target) => {
    const steps = target.steps.map((step) => step.name).join(", ");
    return `${placeName(target.component, target.target)}: ${steps || "left alone"} (${hanging(target.reason, "    ")})`;
  });
}

function stepLines(event: RolloutEvent, paint: Paint): string[] {
  if (event.event === "took-over") return [`took over from ${event.from}, whose process had died`];
  if (event.event !== "step-ended") return [];
  const { step } = event;
  const place = placeName(step.component, step.target);
  const took =
    step.startedAt && step.endedAt ? ` ${span((Date.parse(step.endedAt) - Date.parse(step.startedAt)) / 1000)}` : "";
  const colour = step.result === "failed" ? "red" : step.result === "done" ? "green" : "dim";
  const why =
    step.result === "failed"
      ? step.error.message
      : step.result === "done"
        ? (step.notes ?? []).join("; ")
        : step.reason;
  return [
    `${place}  ${step.name}  ${paint(colour, step.result)}${took}${why ? `  ${hanging(why, "    ")}` : ""}`,
    ...failedStepLines(step, paint),
  ];
}

const verdictColours = { proven: "green", refuted: "red", unknown: "yellow" } as const;

function evidenceLines(event: RolloutEvent, paint: Paint): string[] {
  if (event.event === "logs") return logLines(event, paint);
  if (event.event !== "evidence") return [];
  const { component, target, claim, verdict, reason, expected, readings } = event.evidence;
  return [
    `${placeName(component, target)}  ${claim}  ${paint(verdictColours[verdict], verdict)}  ${hanging(reason, "    ")}`,
    `  expected ${expected}`,
    ...readings.map(
      (reading) =>
        `  read ${reading.identity ?? "nothing"} of ${reading.unit} from ${reading.source}, ${moment(reading.at)}`,
    ),
  ];
}

function notificationLines(event: RolloutEvent): string[] {
  if (event.event !== "notified") return [];
  return [
    `${event.channel}  ${event.on}  ${event.result}${event.message ? `  ${hanging(event.message, "    ")}` : ""}`,
  ];
}

function findingsOf({ events }: Rollout) {
  return events.flatMap((event) => {
    if (event.event === "rollout-refused") return event.findings;
    return event.event === "finding" ? [event.finding] : [];
  });
}

function concluded(rollout: Rollout) {
  const { opened } = rollout;
  const outcome = withoutTold(rollout.outcome, findingsOf(rollout));
  const revision = opened.event === "rollout-opened" ? { ...opened.revision } : null;
  return { application: opened.application, environment: opened.environment, revision, outcome, invalid: false };
}

function commitOf({ opened }: Rollout): string {
  if (opened.event === "rollout-opened") return commitsName(opened.revision);
  return opened.commit === null ? "–" : shortCommit(opened.commit);
}

/** Where the sources come from that are not the application's own commit. */
function sourceLines({ opened }: Rollout): string[] {
  const sources = opened.event === "rollout-opened" ? (opened.revision.sources ?? {}) : {};
  return Object.entries(sources).map(
    ([component, { commit, repository, ref }]) =>
      `source   ${component} at ${shortCommit(commit)} of ${repository} (${ref})`,
  );
}

function outcomeWord({ outcome: { outcome } }: Rollout, paint: Paint): string {
  return paint(outcome === "proven" ? "green" : outcome === "failed" ? "red" : "yellow", outcome);
}
