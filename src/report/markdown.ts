import type { RolloutAnswer } from "../model/answers.ts";
import { revisionName, shortCommit } from "../model/revision.ts";

const marks = { proven: "✅", failed: "❌", blocked: "⛔", unproven: "⚠️", interrupted: "⚠️", cancelled: "⚠️" } as const;

/** A rollout as Markdown, for a job's summary page. Every text in it is escaped: none can become markup. */
export function rolloutMarkdown(answer: RolloutAnswer): string {
  const { outcome, revision } = answer;
  const name = revision ? ` \`${code(revisionName(answer.application, revision))}\`` : "";
  const parts = [
    `### ${marks[outcome.outcome]} ${outcome.outcome.toUpperCase()} ${plain(answer.environment)}${name}`,
    list(outcome.reasons.map((reason) => [reason.target, reason.message, reason.code])),
    list(
      outcome.deferred.map((debt) => [
        debt.target,
        `deferred, owes ${shortCommit(debt.commit)}: ${debt.reason}`,
        undefined,
      ]),
    ),
    table(
      ["Target", "Step", "Result"],
      answer.steps.map((step) => [step.target, step.name, step.result]),
    ),
    table(
      ["Target", "Claim", "Verdict", "What was read"],
      answer.evidence.map((evidence) => [evidence.target, evidence.claim, evidence.verdict, evidence.reason]),
    ),
    table(
      ["Finding", "Where", "Message"],
      answer.findings.map((finding) => [
        finding.code,
        finding.file ? [finding.file, finding.line].filter(Boolean).join(":") : (finding.target ?? ""),
        finding.message,
      ]),
    ),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function list(items: readonly (readonly [string | undefined, string, string | undefined])[]): string {
  return items
    .map(([place, message, page]) => {
      const where = place === undefined ? "" : `**${plain(place)}** `;
      return `- ${where}${plain(message)}${page === undefined ? "" : ` (\`${page}\`)`}`;
    })
    .join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const line = (cells: readonly string[]) => `| ${cells.map(plain).join(" | ")} |`;
  return [line(head), `|${head.map(() => " --- |").join("")}`, ...rows.map(line)].join("\n");
}

function plain(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replace(/[\\`*_[\]|#~@]/g, (found) => `\\${found}`)
    .replace(/\r?\n/g, "<br>");
}

function code(text: string): string {
  return text.replaceAll("`", "'");
}
