import { codes } from "../model/codes.ts";
import type { Finding } from "../model/finding.ts";

/**
 * What blocks, with the remedy of its page where it has none of its own: once for each code. Apart from `findingLines`,
 * because the pages are long, and a command that only shows the ledger must not wait for them.
 */
export function withRemedies(findings: readonly Finding[]): Finding[] {
  const told = new Set<string>();
  return findings.map((finding) => {
    if (finding.fix !== undefined || finding.level !== "block" || told.has(finding.code)) return finding;
    told.add(finding.code);
    return { ...finding, fix: codes[finding.code].fix };
  });
}
