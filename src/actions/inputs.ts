import { readFiles } from "../io/git-blobs.ts";
import { type ProvenArtifact, provenArtifacts } from "../model/proven-artifacts.ts";
import { componentCommit } from "../model/revision.ts";
import type { State } from "../model/state.ts";
import type { AssembledPlan, PlanRequest } from "../plan/assemble-plan.ts";
import type { Gate } from "../preflight/gate.ts";
import type { GuardInput } from "../preflight/guard.ts";
import type { SurveyedPlace } from "../providers/surveyed.ts";
import type { Attempt } from "./attempt.ts";
import { onceTargets } from "./once-targets.ts";
import { bytesOf, filesOf, type Scene } from "./scene.ts";
import { pairsOfRunning, type Texts, type Word, wantedAt } from "./wanted.ts";

/** What the plan is made from: the revision, what was read, and what the ledger knows. */
export async function planInput(
  intent: PlanRequest["intent"],
  scene: Scene,
  state: State,
  surveyed: readonly SurveyedPlace[],
  word: Word,
): Promise<PlanRequest> {
  const [pairs, texts, before] = await Promise.all([
    pairsOfRunning(scene, state, surveyed),
    textsFor(scene, surveyed),
    provenBefore(scene),
  ]);
  const once = onceTargets(surveyed, state, scene.resolved.revision.components);
  return {
    application: scene.environment.application,
    environment: scene.environment.environment,
    intent,
    revision: scene.resolved.revision,
    surveyed,
    wanted: wantedAt(scene, state, { pairs, texts, before, runsOnce: once.here, catchesUp: intent === "sync" }, word),
    findings: once.findings,
  };
}

/** The artifacts that this environment must take unchanged from the one before it, where the manifest names one. */
export async function provenBefore({ resolved, before }: Scene): Promise<Record<string, ProvenArtifact>> {
  const state = await before();
  return state === null ? {} : provenArtifacts(state, resolved.revision.components);
}

/** Reads the files that providers ask for, as they are at the commit. */
async function textsFor(scene: Scene, surveyed: readonly SurveyedPlace[]): Promise<Texts> {
  const texts: Record<string, Record<string, string>> = {};
  for (const { place, provider } of surveyed) {
    const wanted = provider.texts?.(place) ?? [];
    const files = filesOf(scene, place.component).filter(({ path }) => wanted.includes(path));
    const repository = scene.resolved.sources[place.component]?.repository ?? scene.directory;
    const contents = readFiles(repository, files);
    for (const { path } of files) {
      const next = await contents.next();
      if (!next.done) texts[place.component] = { ...texts[place.component], [path]: next.value.toString("utf8") };
    }
  }
  return texts;
}

/** What the guards look at. */
export function guardInput(
  scene: Scene,
  surveyed: readonly SurveyedPlace[],
  { wanted }: Pick<PlanRequest, "wanted">,
  { places, plan }: AssembledPlan,
  gate: Gate | null,
  attempt: Attempt,
): GuardInput {
  return {
    environment: scene.environment.environment,
    intent: plan.intent,
    branches: scene.environment.branches,
    revision: scene.resolved.revision,
    changed: scene.resolved.changed,
    manifestChanged: scene.resolved.manifestChanged,
    surveyed,
    places,
    wanted,
    sourceBytes: (component) => bytesOf(scene, component),
    sourceOf: (component) => ({
      repository: scene.resolved.sources[component]?.repository ?? scene.directory,
      commit: componentCommit(scene.resolved.revision, component),
      files: filesOf(scene, component),
    }),
    gate,
    account: scene.environment.account,
    now: new Date(attempt.answer.startedAt),
    context: attempt.readingContext(scene.directory),
  };
}
