import type { Finding } from "../model/finding.ts";
import type { ResolvedPlace } from "../model/place.ts";
import type { State } from "../model/state.ts";
import { isOffByDesign, type SurveyedPlace } from "../providers/surveyed.ts";

/** Where steps that must run once run in this rollout. */
export interface OnceTargets {
  /** Whether they run at this place. */
  here: (place: ResolvedPlace) => boolean;
  /** A block for each component whose steps would run nowhere. */
  findings: Finding[];
}

/**
 * The steps that must run once run on the target that the manifest's order gives. While that one is off by design, the first
 * target that is on and may run all of them stands in: the new code must not go live elsewhere without them. Where none
 * may, and the ledger does not know them as done for this source, the rollout is refused.
 *
 * @param digests of the components' sources.
 */
export function onceTargets(
  surveyed: readonly SurveyedPlace[],
  state: State,
  digests: Readonly<Record<string, string>>,
): OnceTargets {
  const instead = new Map<ResolvedPlace, ResolvedPlace | null>();
  const findings: Finding[] = [];
  for (const found of surveyed) {
    const { place } = found;
    if (!place.runsOnce || place.onceSteps.length === 0 || !isOffByDesign(found)) continue;
    const present = surveyed.filter((each) => each.place.component === place.component && !isOffByDesign(each));
    const standIn = present.find((each) => place.onceSteps.every((step) => each.place.onceSteps.includes(step)))?.place;
    instead.set(place, standIn ?? null);
    if (standIn === undefined && present.length > 0) findings.push(...runNowhere(place, state, digests));
  }
  const standIns = new Set(instead.values());
  return { here: (place) => (place.runsOnce && !instead.has(place)) || standIns.has(place), findings };
}

function runNowhere(
  { component, target, onceSteps }: ResolvedPlace,
  state: State,
  digests: Readonly<Record<string, string>>,
): Finding[] {
  const isDone = (step: string) =>
    state.once[component]?.[step]?.some(({ digest, result }) => digest === digests[component] && result === "done");
  const open = onceSteps.filter((step) => !isDone(step));
  if (open.length === 0) return [];
  const message = `${open.join(", ")} must run once for this source, on ${target}, which is off; no target that is on may run ${open.length === 1 ? "it" : "them"}`;
  const fix = `power ${target} on, or let another target run what must run once (\`only\`, \`except\`)`;
  return [{ code: "once-target-off", level: "block", message, component, target, fix }];
}
