import type { Code } from "./codes.ts";
import type { Finding } from "./finding.ts";

/** How new what is shown of a shared ledger is. */
export interface Freshness {
  /** The remote as git names it, without a password. */
  remote: string;
  /** When this clone last heard from it; null: never. */
  fetchedAt: string | null;
  /** Why it could not be asked, or be given what was recorded here. */
  problem?: { code: Code; message: string };
}

/** The warning of a reader that shows only what this clone knew. */
export function staleness(ledger: Freshness | null): Finding[] {
  if (!ledger?.problem) return [];
  const { code, message } = ledger.problem;
  const since = ledger.fetchedAt === null ? "alone" : `at ${ledger.fetchedAt}`;
  return [{ code, level: "warning", message: `${message}; this is what this clone knew ${since}` }];
}
