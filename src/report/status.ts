import type { EnvironmentStatus, StatusAnswer, StatusRow } from "../model/answers.ts";
import type { Evidence } from "../model/evidence.ts";
import { staleness } from "../model/freshness.ts";
import type { Holder } from "../model/holder.ts";
import { type OldCode, oldCodeOf } from "../model/old-code.ts";
import type { Outcome } from "../model/outcome.ts";
import { shortCommit } from "../model/revision.ts";
import { openApprovalLines } from "./approval.ts";
import { findingLines, placeName, withoutClaim } from "./findings.ts";
import type { Paint } from "./paint.ts";
import { columns, hanging } from "./table.ts";
import { age } from "./time.ts";

/** What runs where: commit, verdict and its age, commits behind; then what is owed, locked or left unfinished. */
export function statusText(answer: StatusAnswer, now: Date, paint: Paint): string {
  const warning = findingLines(staleness(answer.ledger), paint);
  const blocks = answer.environments.map((environment) => environmentLines(environment, now, paint).join("\n"));
  if (blocks.length === 0) return [...warning, "Nothing was ever deployed here: the ledger is empty."].join("\n");
  return [...(warning.length === 0 ? [] : [warning.join("\n")]), ...blocks].join("\n\n");
}

function environmentLines(status: EnvironmentStatus, now: Date, paint: Paint): string[] {
  const head = ["COMPONENT", "TARGET", "RUNS", "VERDICT", "AGE", "BEHIND", "LAST PROVEN"].map((word) =>
    paint("dim", word),
  );
  return [
    paint("bold", status.environment),
    ...(status.rows.length === 0
      ? ["  nothing was ever deployed here"]
      : columns([head, ...status.rows.map((row) => cells(row, now, paint))], "  ")),
    ...status.rows.filter((row) => row.verdict === "refuted" || row.verdict === "unknown").map((row) => doubt(row)),
    ...(status.live?.evidence ?? []).flatMap((evidence) => liveLine(evidence, paint)),
    ...(status.live ? unreadLines(status.live.outcome, status.live.evidence, paint) : []),
    ...oldCodeOf(status.state).map((old) => debtLine(old, now, paint)),
    ...lastLines(status, now, paint),
    ...openApprovalLines(status.state?.approvals, now),
    ...findingLines(status.findings, paint).map((line) => `  ${line}`),
  ];
}

const verdictColours = { proven: "green", refuted: "red", unknown: "yellow", never: "dim" } as const;

function cells(row: StatusRow, now: Date, paint: Paint): string[] {
  return [
    row.component,
    row.target,
    row.commit === null ? (row.verdict === "refuted" ? "–" : "?") : shortCommit(row.commit),
    paint(verdictColours[row.verdict], row.verdict),
    row.at === null ? "–" : age(row.at, now),
    behind(row, paint),
    row.proven === null ? "–" : shortCommit(row.proven),
  ];
}

function behind(row: StatusRow, paint: Paint): string {
  return row.behind === null ? "–" : row.behind === 0 ? "0" : paint("yellow", String(row.behind));
}

function doubt(row: StatusRow): string {
  return `  ${placeName(row.component, row.target)}: ${hanging(row.reason, "    ")}`;
}

/** Only what differs from the intention is worth a line: the rows say the rest. */
function liveLine(evidence: Evidence, paint: Paint): string[] {
  if (evidence.verdict === "proven") return [];
  const mark = evidence.verdict === "refuted" ? paint("red", "✘ DRIFT") : paint("yellow", "⚠ UNKNOWN");
  return [
    `  ${mark} ${placeName(evidence.component, evidence.target)}  ${evidence.claim}: ${hanging(withoutClaim(evidence), "    ")}`,
  ];
}

/** Why nothing could be read, where that is so: the evidence alone would be silent. */
function unreadLines({ outcome, reasons }: Outcome, evidence: readonly Evidence[], paint: Paint): string[] {
  if (outcome === "proven" || evidence.length > 0) return [];
  return reasons.map(({ message }) => `  ${paint("yellow", "⚠ NOT READ")} ${hanging(message, "    ")}`);
}

/** Until it has caught up, what runs there when it is on is old code. */
function debtLine({ component, target, serves, owes, since, reason }: OldCode, now: Date, paint: Paint): string {
  const old = serves === null ? "nothing was ever proven there" : `old code that serves there: ${shortCommit(serves)}`;
  const what = `owes ${shortCommit(owes)} since ${age(since, now)}: ${hanging(reason, "    ")}; ${old}`;
  return `  ${paint("yellow", "⚠")} ${placeName(component, target)} ${what}`;
}

function lastLines({ state, holder }: EnvironmentStatus, now: Date, paint: Paint): string[] {
  const last = state?.last;
  if (holder && !holder.dead) return [`  ${holderText(holder, now)}`];
  // One that is open and held by nobody is among the findings.
  if (last?.outcome === undefined || last.outcome === "proven") return [];
  const reason = last.reason === undefined ? "" : `: ${hanging(last.reason, "    ")}`;
  return [
    `  last ${last.intent} of ${shortCommit(last.commit)} by ${last.who}, ${age(last.closedAt ?? last.openedAt, now)} ago: ${paint("red", last.outcome)}${reason}`,
  ];
}

/** Who holds the lock, since when. */
export function holderText(holder: Holder, now: Date): string {
  const { owner } = holder;
  const gone = holder.dead ? ", but that process is gone: the next deploy takes over" : "";
  return `locked by ${owner.who} on ${owner.host} (pid ${owner.pid}) since ${age(holder.since, now)}, rollout ${holder.rollout}${gone}`;
}
