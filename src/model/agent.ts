import { z } from "zod";
import { OutcomeName } from "./outcome.ts";

/**
 * What a target's own catch-up left there of its last run: plain facts, for whoever reads the target next. It is a note of
 * ours and no proof of what runs: a proof reads the unit again.
 */
export const AgentNote = z.object({
  schemaVersion: z.literal(1),
  at: z.string().describe("ISO 8601"),
  environment: z.string(),
  target: z.string(),
  commit: z.string().nullable().describe("the revision that it went for; null when it did not come so far"),
  outcome: OutcomeName,
  reasons: z.array(z.string()),
  rollout: z.string(),
  recorded: z.boolean().describe("whether the ledger holds the run too"),
  version: z.string().describe("of the Landfall that ran"),
});
export type AgentNote = z.infer<typeof AgentNote>;

/** What was read of the agent on a target. */
export interface AgentSeen {
  /** The version that its unit starts; null when the unit does not say. */
  version: string | null;
  /** How the installed units differ from what would be installed now; null: not at all. */
  differs: string | null;
  /** Whether its timer is enabled and active, in systemd's words, such as `enabled, active`. */
  timer: string;
  ticks: boolean;
  /** Its service's last result in systemd's word (`success`, `timeout`, `exit-code`), and when it ended. */
  result: string | null;
  endedAt: string | null;
  note: AgentNote | null;
}

/** What `agent install` and `agent uninstall` did. */
export interface AgentAnswer {
  application: string;
  environment: string;
  target: string;
  /** What was made, changed or removed, one line each; empty when everything was as it should be. */
  changed: string[];
  /** What the units run as, and where; null when nothing is installed after this. */
  installed: { user: string; version: string; unit: string; clone: string; variables: string[] } | null;
}
