import { runSteps } from "../execute/run-plan.ts";
import type { HeldArtifact } from "../model/artifact.ts";
import type { Evidence } from "../model/evidence.ts";
import type { Debt } from "../model/outcome.ts";
import { placeName, type ResolvedPlace } from "../model/place.ts";
import type { PlannedTarget } from "../model/plan.ts";
import type { StepResult } from "../model/step.ts";
import type { AssembledPlan, PlanRequest } from "../plan/assemble-plan.ts";
import { runChecks } from "../prove/checks.ts";
import { type Claimed, collect } from "../prove/collect.ts";
import type { Case } from "../prove/judge.ts";
import type { Survey } from "../providers/provider.ts";
import type { SurveyedPlace } from "../providers/surveyed.ts";
import { parallel } from "../util/parallel.ts";
import { type Attempt, worst } from "./attempt.ts";
import { placesAtOnce } from "./places-at-once.ts";
import { providerOf } from "./survey.ts";
import type { World } from "./world.ts";

/** A place with what is to be done there. */
interface Turn {
  place: ResolvedPlace;
  planned: PlannedTarget;
  survey: Survey<unknown>;
}

/**
 * Changes and proves the places, wave by wave: a target begins only when every target that it comes after is proven.
 * Within a wave places go in parallel. Places that are deferred are left out. Gives everything that the judge looks at.
 */
export async function changeInWaves(
  assembled: AssembledPlan,
  input: PlanRequest,
  artifacts: ReadonlyMap<string, HeldArtifact>,
  deferred: readonly Debt[],
  attempt: Attempt,
  world: World,
): Promise<Case> {
  const all = assembled.places.map(({ place }, index) => ({
    place,
    planned: assembled.plan.targets[index] as PlannedTarget,
    survey: (input.surveyed[index] as SurveyedPlace).survey,
  }));
  const turns = all.filter(({ place }) => !deferred.some((debt) => sameSpot(debt, place)));
  const steps: StepResult[] = [];
  const evidence: Evidence[] = [];
  for (const wave of inWaves(turns)) {
    const ready = wave.filter(
      (turn) => turn.planned.steps.length === 0 || notProvenBefore(turn, all, evidence) === null,
    );
    for (const turn of wave)
      if (!ready.includes(turn)) steps.push(...(await leaveOut(turn, all, evidence, attempt, world)));
    const changed = await execute(ready, input, artifacts, attempt, world);
    steps.push(...changed);
    const unharmed = ready.filter(
      ({ place }) =>
        !changed.some((step) => sameSpot(step, place) && step.result !== "done" && step.result !== "unchanged"),
    );
    evidence.push(...(await proveAll(unharmed, input, artifacts, changed, steps.length > 0, attempt, world)));
  }
  const places = all.map(({ place }) => ({ component: place.component, target: place.target }));
  return { places, steps, evidence, deferred, stopped: attempt.stopped() };
}

async function execute(
  ready: readonly Turn[],
  input: PlanRequest,
  artifacts: ReadonlyMap<string, HeldArtifact>,
  attempt: Attempt,
  world: World,
): Promise<StepResult[]> {
  const busy = ready.filter(({ planned }) => planned.steps.length > 0);
  if (busy.length === 0 || world.signal.aborted) return [];
  return await attempt.stage("execute", async () => {
    const results = await parallel(busy, placesAtOnce, async ({ place, planned }) =>
      runSteps(
        {
          planned,
          place,
          provider: providerOf(place, world),
          wanted: input.wanted(place),
          artifact: artifactOf(place, artifacts),
        },
        attempt.executing(),
      ),
    );
    return results.flat();
  });
}

async function proveAll(
  turns: readonly Turn[],
  input: PlanRequest,
  artifacts: ReadonlyMap<string, HeldArtifact>,
  changed: readonly StepResult[],
  anyChange: boolean,
  attempt: Attempt,
  world: World,
): Promise<Evidence[]> {
  if (turns.length === 0 || world.signal.aborted) return [];
  return await attempt.stage("prove", async () => {
    const found = await parallel(turns, placesAtOnce, ({ place, survey }) =>
      provePlace(
        place,
        input,
        artifacts,
        anyChange ? { changed: changed.some((step) => sameSpot(step, place)) } : untouched(survey),
        attempt,
        world,
      ),
    );
    return found.flat();
  });
}

/** How a place is proven that no step of this rollout can have touched. */
export function untouched(survey: Survey<unknown>): Pick<Claimed, "changed" | "facts"> {
  return survey.state === "read" ? { changed: false, facts: survey.facts } : { changed: false };
}

/** Reads the running unit of one place, and its last log lines when it is not what it should be. */
export async function provePlace(
  place: ResolvedPlace,
  input: Pick<PlanRequest, "wanted">,
  artifacts: ReadonlyMap<string, HeldArtifact>,
  how: Pick<Claimed, "changed" | "facts">,
  attempt: Attempt,
  world: World,
): Promise<Evidence[]> {
  const provider = providerOf(place, world);
  const { component, target } = place;
  const at = () => world.now().toISOString();
  const onWait = (message: string) => attempt.show({ event: "awaiting", at: at(), component, target, message });
  const context = { ...attempt.readingContext(), onWait };
  const artifact = artifactOf(place, artifacts);
  const wanted = input.wanted(place);
  const claims = await collect({ place, provider, wanted, artifact, ...how }, context);
  const reach = place.checks && provider.reach?.(place, context);
  const checks = reach ? await runChecks(place, wanted, reach, worst(claims) === "proven", context) : [];
  const evidence = [...claims, ...checks];
  for (const item of evidence) attempt.note({ event: "evidence", at: at(), evidence: item });
  if (worst(evidence) === "proven" || !provider.logs) return evidence;
  // What the unit itself says is help, not proof: when it cannot be had, the verdict stands as it is.
  const lines = await provider.logs(place, context).catch(() => []);
  if (lines.length > 0) attempt.note({ event: "logs", at: at(), component, target, lines });
  return evidence;
}

/** Groups places so that each comes in a wave after all that it waits for. The manifest has no cycles: that was checked. */
function inWaves(turns: readonly Turn[]): Turn[][] {
  const waves: Turn[][] = [];
  let rest = [...turns];
  while (rest.length > 0) {
    const wave = rest.filter(
      ({ place }) => !place.after.some((target) => rest.some((other) => other.place.target === target)),
    );
    if (wave.length === 0) throw new Error("targets wait for each other");
    waves.push(wave);
    rest = rest.filter((turn) => !wave.includes(turn));
  }
  return waves;
}

/** The first target that this one comes after and that is not proven. */
function notProvenBefore({ place }: Turn, turns: readonly Turn[], evidence: readonly Evidence[]): string | null {
  const before = turns.filter((other) => place.after.includes(other.place.target));
  const open = before.find((other) => worst(evidence.filter((item) => sameSpot(item, other.place))) !== "proven");
  return open ? placeName(open.place) : null;
}

async function leaveOut(
  turn: Turn,
  turns: readonly Turn[],
  evidence: readonly Evidence[],
  attempt: Attempt,
  world: World,
): Promise<StepResult[]> {
  const reason = `it comes after ${notProvenBefore(turn, turns, evidence)}, which is not proven`;
  const left = turn.planned.steps.map(
    ({ component, target, name }): StepResult => ({ component, target, name, result: "not-reached", reason }),
  );
  for (const step of left) await attempt.record({ event: "step-ended", at: world.now().toISOString(), step });
  return left;
}

function artifactOf(place: ResolvedPlace, artifacts: ReadonlyMap<string, HeldArtifact>): HeldArtifact {
  const artifact = artifacts.get(place.component);
  if (!artifact) throw new Error(`no artifact was built for ${place.component}`);
  return artifact;
}

function sameSpot(a: { component: string; target: string }, b: { component: string; target: string }): boolean {
  return a.component === b.component && a.target === b.target;
}
