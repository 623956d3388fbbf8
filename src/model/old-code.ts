import type { State } from "./state.ts";

/** Old code that serves: what a target that must still catch up was last read to run, and since when it owes another. */
export interface OldCode {
  component: string;
  target: string;
  /** The commit that was last proven there; null when none ever was. */
  serves: string | null;
  owes: string;
  since: string;
  reason: string;
}

/** What serves on the targets that owe a revision. */
export function oldCodeOf(state: State | null): OldCode[] {
  return (state?.debts ?? []).map(({ component, target, commit, since, reason }) => {
    const serves = state?.proven[component]?.[target]?.commit ?? null;
    return { component, target, serves, owes: commit, since, reason };
  });
}
