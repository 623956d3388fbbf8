import type { ResolvedPlace } from "../model/place.ts";
import type { ProvenArtifact } from "../model/proven-artifacts.ts";
import { componentCommit } from "../model/revision.ts";
import type { State } from "../model/state.ts";
import type { Wanted } from "../providers/provider.ts";
import type { SurveyedPlace } from "../providers/surveyed.ts";
import { readSources } from "../revision/source.ts";
import type { Scene } from "./scene.ts";

/** What the person who called the verb said beyond the manifest. */
export interface Word {
  force: boolean;
  answers: Readonly<Record<string, "done" | "rerun">>;
}

/** Says what should run at each place: the revision, and which older commits are the same thing there. */
export function wantedAt(
  scene: Scene,
  state: State,
  { pairs, texts, before, runsOnce, catchesUp }: Known,
  word: Word,
): (place: ResolvedPlace) => Wanted {
  const { revision } = scene.resolved;
  return (place) => {
    const digest = revision.components[place.component] ?? "";
    const commit = componentCommit(revision, place.component);
    return {
      commit,
      digest,
      accepts: commitsWith(digest, commit, { ...state.pairs[place.component], ...pairs[place.component] }),
      force: word.force,
      catchesUp,
      once: onceFor(digest, state.once[place.component] ?? {}),
      answers: word.answers,
      runsOnce: runsOnce(place),
      ledger: state.ledger,
      artifact: state.artifacts?.[place.component]?.[digest] ?? before[place.component] ?? null,
      texts: texts[place.component] ?? {},
      proven: Object.values(state.proven[place.component] ?? {}).map(({ digest }) => digest),
    };
  };
}

/** What is known beside the environment's own state. */
interface Known {
  pairs: State["pairs"];
  texts: Texts;
  /** By component: the artifact that the environment before this one proved for the same source. */
  before: Readonly<Record<string, ProvenArtifact>>;
  /** Whether steps that must run once run at a place. */
  runsOnce: (place: ResolvedPlace) => boolean;
  /** Whether a target catches up by itself. */
  catchesUp: boolean;
}

/** By component and path: the files that its provider makes the plan from. */
export type Texts = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What the ledger knows of each step for this source. */
function onceFor(digest: string, steps: State["once"][string]): Wanted["once"] {
  return Object.fromEntries(
    Object.entries(steps).flatMap(([step, runs]) => {
      const run = runs.find((entry) => entry.digest === digest);
      return run ? [[step, run]] : [];
    }),
  );
}

/** The intended commit first, then every other known to have the same source. */
function commitsWith(digest: string, commit: string, pairs: Record<string, string>): string[] {
  const same = Object.entries(pairs).filter(([other, its]) => its === digest && other !== commit);
  return [commit, ...same.map(([other]) => other)];
}

/**
 * The source digests of commits that targets say they run and the ledger has no pair for: a target deployed from another
 * clone, or before the ledger was lost. A commit that this repository lacks has no digest here, so it will not be accepted.
 */
export async function pairsOfRunning(
  scene: Scene,
  state: State,
  surveyed: readonly SurveyedPlace[],
): Promise<State["pairs"]> {
  const pairs: State["pairs"] = {};
  for (const { place, survey } of surveyed) {
    const commit = survey.state === "read" ? survey.running?.commit : undefined;
    if (commit === undefined || commit === componentCommit(scene.resolved.revision, place.component)) continue;
    if (state.pairs[place.component]?.[commit] !== undefined || !/^[0-9a-f]{40,64}$/.test(commit)) continue;
    const repository = scene.resolved.sources[place.component]?.repository ?? scene.directory;
    const source = await readSources(repository, commit, {
      [place.component]: scene.paths[place.component] ?? place,
    }).catch(() => null);
    const digest = source?.[place.component]?.digest;
    if (digest !== undefined) pairs[place.component] = { ...pairs[place.component], [commit]: digest };
  }
  return pairs;
}
