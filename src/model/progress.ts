import type { RolloutEvent } from "./rollout.ts";

/** What happens while a verb works, beyond the rollout's own events: for progress, never recorded. */
export type Progress =
  | RolloutEvent
  | { event: "act"; at: string; message: string }
  | { event: "waiting"; at: string; for: string; message: string };
