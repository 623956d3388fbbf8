import type { Ledger } from "../ledger/ledger.ts";
import { userError } from "../model/errors.ts";
import type { Freshness } from "../model/freshness.ts";
import type { Outcome } from "../model/outcome.ts";
import type { ResolvedPlace } from "../model/place.ts";
import { shortCommit, sourceCommits } from "../model/revision.ts";
import type { State } from "../model/state.ts";
import { judge } from "../prove/judge.ts";
import { isOffByDesign } from "../providers/surveyed.ts";
import { parallel } from "../util/parallel.ts";
import { agentFindings } from "./agent-health.ts";
import type { RolloutAnswer } from "./answers.ts";
import { Attempt } from "./attempt.ts";
import { buildArtifacts } from "./build-artifacts.ts";
import { debtsOf, stillOwed } from "./debts.ts";
import { planInput } from "./inputs.ts";
import { mustBeKnown } from "./known-environment.ts";
import { openScene, readManifest } from "./open-scene.ts";
import { placesAtOnce } from "./places-at-once.ts";
import type { Scene } from "./scene.ts";
import { surveyPlaces } from "./survey.ts";
import { provePlace, untouched } from "./waves.ts";
import type { World } from "./world.ts";

export interface ProveRequest {
  environment: string;
  components: readonly string[];
  /** Prove this commit; undefined: the one that should run, as the ledger says. */
  ref?: string | undefined;
}

/** A revision as the ledger recorded it. */
interface Pinned {
  ref: string;
  sourceCommits: Record<string, string>;
  /** Why the ledger's remote could not be asked, so that it may be another by now. */
  problem: Freshness["problem"];
}

const noWord = { force: false, answers: {} };

/** Reads every target again now and records the evidence. Changes nothing on a target, and takes no lock. */
export async function prove(request: ProveRequest, world: World): Promise<RolloutAnswer> {
  const attempt = new Attempt({ intent: "prove", environment: request.environment, waitSeconds: null }, world);
  return await attempt.conclude(async () => {
    const revision = await revisionToProve(request, world).catch(async (error: unknown) => {
      // A manifest that is wrong is told first, in every verb; where all is well it is read later, once.
      await readManifest(world, request.environment);
      throw error;
    });
    const scene = await openScene({ ...request, ...revision }, attempt, world);
    const state = await attempt.open(scene);
    if (revision !== null) refuseOtherManifest(scene, state);
    attempt.refuseBlocked(scene.resolved.findings);
    const outcome = await proveNow(scene, state, attempt, world);
    return revision?.problem ? stillOwed(asFarAsKnown(outcome, revision.problem), state) : outcome;
  });
}

/** What was read is right by what this clone knew; whether that still should run was not to be had. */
function asFarAsKnown(outcome: Outcome, { code, message }: NonNullable<Pinned["problem"]>): Outcome {
  if (outcome.outcome !== "proven") return outcome;
  const reason = { code, message: `another revision may be the one that should run by now: ${message}` };
  return { ...outcome, outcome: "unproven", reasons: [reason] };
}

/**
 * What should run was digested by the manifest that it was deployed with. By another one, of a clone that is behind or ahead,
 * the same commit is something else, and what runs would be called wrong without being it.
 */
function refuseOtherManifest({ resolved }: Scene, { intended }: State): void {
  if (intended?.commit !== resolved.revision.commit) return;
  const others = Object.entries(resolved.revision.components)
    .filter(([component, digest]) => (intended.components[component] ?? digest) !== digest)
    .map(([component]) => component);
  if (others.length === 0) return;
  const what = others.length === 1 ? `the source of ${others[0]}` : `the sources of ${others.join(", ")}`;
  throw userError(
    "unproven",
    "manifest-differs",
    `${what} at ${shortCommit(intended.commit)} is something else by the manifest here than by the one that it was deployed with`,
    { fix: "prove from a clone that has the manifest of that rollout (git pull), or deploy with the one here" },
  );
}

/** The revision that should run; null: the request names one. */
async function revisionToProve({ environment, ref }: ProveRequest, world: World): Promise<Pinned | null> {
  const ledger = await world.openLedger(world.directory);
  await refuseDuringRollout(environment, ledger);
  return ref === undefined ? await intendedRevision(environment, ledger, world) : null;
}

/** What is read in the middle of a change says nothing: neither the old nor the new revision can be told from it. */
async function refuseDuringRollout(environment: string, ledger: Ledger): Promise<void> {
  const holder = await ledger.holder(environment);
  if (holder === null || holder.dead) return;
  const { owner, rollout } = holder;
  throw userError(
    "blocked",
    "lock-held",
    `a rollout is under way in ${environment}: ${rollout} by ${owner.who} on ${owner.host} (pid ${owner.pid})`,
    {
      fix: "prove again when it has ended",
    },
  );
}

/** The stages of a proof alone: what is read decides, and nothing is planned. */
export async function proveNow(
  scene: Scene,
  state: State,
  attempt: Attempt,
  world: World,
): Promise<RolloutAnswer["outcome"]> {
  const surveyed = await attempt.stage("survey", () => surveyPlaces(scene, 0, attempt, world));
  if (attempt.answer.intent === "prove") attempt.findings(agentFindings(surveyed));
  const input = await planInput("prove", scene, state, surveyed, noWord);
  const artifacts = await attempt.stage("build", () => buildArtifacts(scene, placesOf(scene), input, attempt, world));
  const deferred = debtsOf(scene, state, surveyed, world.now());
  const present = surveyed.filter((found) => !isOffByDesign(found));
  const evidence = await attempt.stage("prove", () =>
    parallel(present, placesAtOnce, ({ place, survey }) =>
      provePlace(place, input, artifacts, untouched(survey), attempt, world),
    ),
  );
  const places = scene.environment.places.map(({ component, target }) => ({ component, target }));
  const given = { places, steps: [], evidence: evidence.flat(), deferred, stopped: attempt.stopped() };
  return await attempt.stage("judge", () => stillOwed(judge(given), state));
}

function placesOf({ environment }: Scene): { place: ResolvedPlace }[] {
  return environment.places.map((place) => ({ place }));
}

/** What should run now, as the ledger says. Throws `nothing-recorded`; of a misspelt name `unknown-environment`. */
async function intendedRevision(environment: string, ledger: Ledger, world: World): Promise<Pinned> {
  const state = await ledger.state(environment);
  if (!state) await mustBeKnown(environment, ledger, world);
  const problem = (await ledger.freshness())?.problem;
  if (state?.intended) return { ref: state.intended.commit, sourceCommits: sourceCommits(state.intended), problem };
  throw nothingRecorded(environment);
}

/** The error for an environment that the ledger does not know. */
export function nothingRecorded(environment: string): Error {
  return userError(
    "blocked",
    "nothing-recorded",
    `nothing was ever deployed to ${environment} as far as this ledger knows`,
    {
      fix: `run landfall deploy ${environment}, or name a commit with --ref`,
    },
  );
}
