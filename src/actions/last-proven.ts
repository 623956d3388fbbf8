import { sourceCommits } from "../model/revision.ts";
import type { State } from "../model/state.ts";

/** A revision that a target is to catch up with, and the components that it brings. */
export interface CatchUp {
  commit: string;
  /** Of components with a repository of their own the commit that was proven. */
  sourceCommits: Record<string, string>;
  components: string[];
  digests: Record<string, string>;
}

/**
 * What a target's components should run: of each the newest revision that was proven as a whole and not withdrawn since. It
 * is never what was deployed last, never one in between, and never one that failed on an earlier target. Components that
 * were last proven apart from each other give several, the oldest first. One that was never proven is in none.
 */
export function lastProven(state: State, components: readonly string[]): CatchUp[] {
  const chosen = new Map<string, CatchUp>();
  for (const component of components) {
    const revision = state.revisions.find((each) => !each.withdrawn && each.components[component] !== undefined);
    const digest = revision?.components[component];
    if (!revision || digest === undefined) continue;
    const { commit, rollout } = revision;
    const one = chosen.get(rollout) ?? { commit, sourceCommits: sourceCommits(revision), components: [], digests: {} };
    one.components.push(component);
    one.digests[component] = digest;
    chosen.set(rollout, one);
  }
  const age = (rollout: string) => state.revisions.findIndex((revision) => revision.rollout === rollout);
  return [...chosen].sort(([a], [b]) => age(b) - age(a)).map(([, one]) => one);
}

/** Whether the ledger holds nothing against a target: each component is proven there with this source, and owes nothing. */
export function isSettled(state: State, target: string, { components, digests }: CatchUp): boolean {
  const owes = state.debts.some((debt) => debt.target === target && components.includes(debt.component));
  return (
    !owes &&
    components.every(
      (component) =>
        state.proven[component]?.[target]?.digest === digests[component] &&
        state.verdicts[component]?.[target]?.verdict === "proven",
    )
  );
}
