import { relative } from "node:path";
import type { Ledger } from "../ledger/ledger.ts";
import { type LoadedManifest, loadManifest } from "../manifest/load.ts";
import { resolveEnvironment } from "../manifest/resolve.ts";
import { componentSources } from "../manifest/schema.ts";
import type { ResolvedPlace } from "../model/place.ts";
import { sourceCommits } from "../model/revision.ts";
import type { State } from "../model/state.ts";
import { resolveRevision } from "../revision/resolve.ts";
import type { Attempt } from "./attempt.ts";
import type { Scene } from "./scene.ts";
import { providerOf } from "./survey.ts";
import type { World } from "./world.ts";

export interface SceneRequest {
  environment: string;
  components: readonly string[];
  /** Only this target; undefined: all of them. */
  target?: string | undefined;
  ref?: string | undefined;
  /**
   * Of components with a repository of their own the commits that an earlier rollout recorded. Undefined: what their refs
   * point to now.
   */
  sourceCommits?: Readonly<Record<string, string>> | undefined;
  /** `false`: the targets will not be read. */
  approach?: false | undefined;
}

/** Reads what the environment and the revision are: the manifest, then git, then the values. The way to the targets is begun meanwhile. */
export async function openScene(request: SceneRequest, attempt: Attempt, world: World): Promise<Scene> {
  const ledger = await world.openLedger(world.directory).catch(async (error: unknown) => {
    // A manifest that does not even tell where the ledger is has more to say about itself.
    await readManifest(world, request.environment);
    throw error;
  });
  attempt.useLedger(ledger);
  const loaded = await readManifest(world, request.environment);
  attempt.answer.application = loaded.manifest.application;
  const environmentAt = (commit: string | null, commits?: Record<string, string>) =>
    resolveEnvironment(loaded, { ...request, env: world.env, commit, commits, providers: world.providers });
  // A manifest that is wrong is said so before git is asked anything, and secrets are known before anything is printed.
  const written = environmentAt(null);
  attempt.mask.add(written.secrets);
  attempt.notices = written.notify;
  if (request.approach !== false) attempt.approach(written.places, loaded.root);
  const names = request.target === undefined ? request.components : written.places.map(({ component }) => component);
  const paths = withBuildInputs(componentSources(loaded.manifest), written.places, world);
  const resolved = await resolveRevision({
    directory: loaded.root,
    manifestPath: relative(loaded.root, loaded.file),
    ref: request.ref,
    components: chosen(paths, names),
    sourceCommits: request.sourceCommits,
    signal: world.signal,
  });
  const environment = environmentAt(resolved.revision.commit, sourceCommits(resolved.revision));
  const before = readOnce(ledger, loaded.manifest.environments[request.environment]?.requires?.provenIn);
  return { loaded, directory: loaded.root, environment, paths, resolved, before, ledger };
}

/** Reads the manifest. When it is wrong and will be resolved for an environment, variables that are not set are told too. */
export async function readManifest(world: World, environment?: string): Promise<LoadedManifest> {
  const { directory, manifestFile: file, providers, env } = world;
  const resolvedWith = environment === undefined ? undefined : { env, environment };
  return await loadManifest({ directory, file, providers, resolvedWith });
}

/** Reads an environment's state when it is first asked for: a shared ledger asks its remote each time. */
function readOnce(ledger: Ledger, environment: string | undefined): Scene["before"] {
  let state: Promise<State | null> | null = null;
  return async () => {
    if (environment === undefined) return null;
    state ??= ledger.state(environment);
    return await state;
  };
}

/** A component whose package is built is another one when it is built in another way. */
function withBuildInputs<T extends object>(
  components: Record<string, T>,
  places: readonly ResolvedPlace[],
  world: World,
): Record<string, T & { buildInputs?: string }> {
  return Object.fromEntries(
    Object.entries(components).map(([name, paths]) => {
      const place = places.find(({ component }) => component === name);
      const plan = place && providerOf(place, world).package?.(place);
      if (!plan || (plan.build === undefined && plan.include === undefined)) return [name, paths];
      return [name, { ...paths, buildInputs: JSON.stringify([plan.root, plan.build?.run, plan.include]) }];
    }),
  );
}

function chosen<T>(all: Record<string, T>, names: readonly string[]): Record<string, T> {
  return names.length === 0 ? all : Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}
