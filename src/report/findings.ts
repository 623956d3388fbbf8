import type { Finding } from "../model/finding.ts";
import type { Paint } from "./paint.ts";
import { hanging } from "./table.ts";

const marks = { block: "✘", warning: "⚠", note: "·" } as const;
const colours = { block: "red", warning: "yellow", note: "dim" } as const;
const order = { block: 0, warning: 1, note: 2 } as const;

/** Findings one under the other, the worst first: where, what, the page that explains it, and how to mend it. */
export function findingLines(findings: readonly Finding[], paint: Paint): string[] {
  return [...findings]
    .sort((a, b) => order[a.level] - order[b.level])
    .flatMap((finding) => {
      const mark = paint(colours[finding.level], marks[finding.level]);
      const place = whereOf(finding);
      const message = `${place === "" ? "" : `${place}  `}${hanging(finding.message, "    ")}`;
      const page = finding.level === "note" || finding.code === "usage" ? "" : `  ${explainHint(finding.code, paint)}`;
      return [`${mark} ${message}${page}`, ...(finding.fix ? [`    fix: ${hanging(finding.fix, "    ")}`] : [])];
    });
}

/** `landfall.yaml:12:5`, or the component and target. */
export function whereOf(finding: Finding): string {
  if (finding.file !== undefined)
    return [finding.file, finding.line, finding.column].filter((part) => part !== undefined).join(":");
  return placeName(finding.component, finding.target);
}

/** How a place is named where several components may be meant: `app on scheduler`. */
export function placeName(component: string | undefined, target: string | undefined): string {
  if (component === undefined || target === undefined || component === target) return target ?? component ?? "";
  return `${component} on ${target}`;
}

/** The reason of a check begins with its name: taken away where that stands before it already. */
export function withoutClaim({ claim, reason }: { claim: string; reason: string }): string {
  return reason.startsWith(`${claim}: `) ? reason.slice(claim.length + 2) : reason;
}

export function explainHint(code: string, paint: Paint): string {
  return paint("dim", `→ landfall explain ${code}`);
}
