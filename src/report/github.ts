import type { RolloutAnswer } from "../model/answers.ts";
import type { Finding } from "../model/finding.ts";
import { placeName } from "./findings.ts";

/**
 * Workflow commands that GitHub Actions shows beside the code: one per finding, and one per reason of a bad outcome.
 * Messages are escaped, so that no text can start a command of its own.
 */
export function annotations(findings: readonly Finding[]): string[] {
  return findings.map((finding) => {
    const kind = { block: "error", warning: "warning", note: "notice" }[finding.level];
    const place = finding.file === undefined ? placeName(finding.component, finding.target) : "";
    const message = [
      place && `${place}: ${finding.message}`,
      place ? "" : finding.message,
      finding.fix && `fix: ${finding.fix}`,
    ]
      .filter(Boolean)
      .join("\n");
    return command(kind, { file: finding.file, line: finding.line, col: finding.column, title: finding.code }, message);
  });
}

/** The annotations of a rollout's answer. */
export function rolloutAnnotations({ findings, outcome, environment }: RolloutAnswer): string[] {
  const told = new Set(findings.map((finding) => finding.message));
  const kind = outcome.outcome === "failed" || outcome.outcome === "blocked" ? "error" : "warning";
  const reasons = outcome.outcome === "proven" ? [] : outcome.reasons.filter((reason) => !told.has(reason.message));
  return [
    ...annotations(findings),
    ...reasons.map((reason) =>
      command(
        kind,
        { title: `${outcome.outcome} ${environment}` },
        [placeName(reason.component, reason.target), reason.message].filter(Boolean).join(": "),
      ),
    ),
    ...outcome.deferred.map((debt) =>
      command("warning", { title: `deferred ${environment}` }, `${debt.target}: ${debt.reason}`),
    ),
  ];
}

function command(kind: string, properties: Record<string, string | number | undefined>, message: string): string {
  const list = Object.entries(properties)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${escapeData(String(value)).replaceAll(":", "%3A").replaceAll(",", "%2C")}`);
  return `::${kind}${list.length === 0 ? "" : ` ${list.join(",")}`}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
