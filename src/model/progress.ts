import type { RolloutEvent } from "./rollout.ts";

/** What happens while a verb works, beyond the rollout's own events: for progress, never recorded. */
export type Progress =
  | RolloutEvent
  | { event: "act"; at: string; message: string }
  | { event: "waiting"; at: string; for: string; message: string }
  /** A proof waits for a claim of a place to come true. */
  | { event: "awaiting"; at: string; component: string; target: string; message: string };
