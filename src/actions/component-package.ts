import { buildPackage } from "../build/package.ts";
import { checkPlatform } from "../build/package-platform.ts";
import type { HeldArtifact, StoredArtifact } from "../model/artifact.ts";
import { compileCommand } from "../model/command.ts";
import { UserError, userError } from "../model/errors.ts";
import { blocking, type Finding } from "../model/finding.ts";
import type { ResolvedPlace } from "../model/place.ts";
import type { ProvenArtifact } from "../model/proven-artifacts.ts";
import { componentCommit } from "../model/revision.ts";
import type { PlanRequest } from "../plan/assemble-plan.ts";
import type { PackagePlan, PlacePlan } from "../providers/provider.ts";
import type { Attempt } from "./attempt.ts";
import { provenBefore } from "./inputs.ts";
import { filesOf, type Scene } from "./scene.ts";
import { providerOf } from "./survey.ts";
import type { World } from "./world.ts";

/** A place with what is to be done there; without a plan nothing is, and only what it should run is to be known. */
export interface BuildTurn {
  place: ResolvedPlace;
  planned?: PlacePlan | undefined;
}

/** One component whose package is wanted, with its places. */
interface PackageTurn {
  plan: PackagePlan;
  turns: readonly BuildTurn[];
  wanted: PlanRequest["wanted"];
}

/**
 * Gives a component's package. One that was proven for this source is the one that counts: it is built again only where its
 * bytes are needed and lie nowhere. What its platform cannot load ends the rollout before anything was changed.
 */
export async function componentPackage(
  scene: Scene,
  { plan, turns, wanted }: PackageTurn,
  attempt: Attempt,
  world: World,
): Promise<HeldArtifact> {
  const [first] = turns;
  if (!first) throw new Error("a component without places was to be built");
  const known = wanted(first.place).artifact;
  if (known && !(await bytesNeeded(turns, known.digest, attempt, world))) return remembered(first.place, known, scene);
  const built = await build(scene, plan, first.place, attempt, world);
  const findings = [...(built.findings ?? []), ...checkPlatform(first.place.component, built, plan)];
  const differs = known && known.digest !== built.digest ? await otherBytes(scene, first.place, known, built) : [];
  if (blocking(findings).length > 0) throw new UserError("blocked", [...findings, ...differs]);
  attempt.findings([...findings, ...differs]);
  return built;
}

/** Whether some place's steps need the bytes, and do not find them where they take them from. */
async function bytesNeeded(
  turns: readonly BuildTurn[],
  digest: string,
  attempt: Attempt,
  world: World,
): Promise<boolean> {
  const needing = turns.filter(({ planned }) => planned && planned.steps.length > 0 && !planned.withoutArtifact);
  const held = await Promise.all(
    needing.map(({ place }) => providerOf(place, world).holds?.(place, digest, attempt.readingContext())),
  );
  return held.some((each) => each !== true);
}

function remembered({ component }: ResolvedPlace, { digest, bytes }: ProvenArtifact, scene: Scene): HeldArtifact {
  const { revision } = scene.resolved;
  const source = revision.components[component] ?? "";
  return { component, source, commit: componentCommit(revision, component), digest, bytes, files: [] };
}

/** Lambda's own bounds; a zip that goes through a bucket has none but that of its content. */
const limits = { zipBytes: Number.POSITIVE_INFINITY, unzippedBytes: 262_144_000 };

async function build(
  scene: Scene,
  { root, build: command, include }: PackagePlan,
  place: ResolvedPlace,
  attempt: Attempt,
  world: World,
): Promise<StoredArtifact> {
  const { component, target, values } = place;
  const { revision, sources } = scene.resolved;
  const show = (line: string) =>
    attempt.show({ event: "step-output", at: world.now().toISOString(), component, target, name: "build", line });
  return await buildPackage(
    scene.directory,
    {
      component,
      commit: componentCommit(revision, component),
      source: revision.components[component] ?? "",
      repository: sources[component]?.repository ?? scene.directory,
      files: filesOf(scene, component),
      root,
      build: command && commandOf(command, values),
      package: include === undefined ? undefined : { include },
      limits,
    },
    show,
    world.signal,
  );
}

function commandOf({ run, timeoutSeconds }: NonNullable<PackagePlan["build"]>, values: ResolvedPlace["values"]) {
  const { text, variables } = compileCommand(run, values);
  return { run: text, timeoutSeconds, variables };
}

/** The same source gave other bytes than those that were proven. What another environment proved must not be replaced by them. */
async function otherBytes(
  scene: Scene,
  { component }: ResolvedPlace,
  known: ProvenArtifact,
  built: StoredArtifact,
): Promise<Finding[]> {
  const before = (await provenBefore(scene))[component];
  const message = `the build of ${component} gave ${built.digest}, and for the same source ${known.digest} was proven: it is not the same each time`;
  const fix = "lock what the build installs (versions and hashes)";
  if (before?.digest === known.digest) throw userError("blocked", "build-differs", message, { component, fix });
  return [{ code: "build-differs", level: "warning", component, message, fix }];
}
