import { buildArtifact } from "../build/artifact.ts";
import type { HeldArtifact } from "../model/artifact.ts";
import { componentCommit } from "../model/revision.ts";
import type { PlanRequest } from "../plan/assemble-plan.ts";
import type { PackagePlan } from "../providers/provider.ts";
import type { Attempt } from "./attempt.ts";
import { type BuildTurn, componentPackage } from "./component-package.ts";
import { filesOf, type Scene } from "./scene.ts";
import { providerOf } from "./survey.ts";
import type { World } from "./world.ts";

/** Makes or finds the artifact of every component that the environment runs. */
export async function buildArtifacts(
  scene: Scene,
  turns: readonly BuildTurn[],
  input: Pick<PlanRequest, "wanted">,
  attempt: Attempt,
  world: World,
): Promise<ReadonlyMap<string, HeldArtifact>> {
  const artifacts = new Map<string, HeldArtifact>();
  for (const [component, own] of Map.groupBy(turns, ({ place }) => place.component)) {
    const plan = packagePlan(own, world);
    const artifact = plan
      ? await componentPackage(scene, { plan, turns: own, wanted: input.wanted }, attempt, world)
      : await sourceArtifact(scene, component);
    artifacts.set(component, artifact);
    attempt.note({
      event: "built",
      at: world.now().toISOString(),
      component,
      artifact: artifact.digest,
      bytes: artifact.bytes,
      ...(plan ? { package: true } : {}),
    });
  }
  return artifacts;
}

/** How the component's package is built: the same at all its places. */
function packagePlan([turn]: readonly BuildTurn[], world: World): PackagePlan | null {
  return (turn && providerOf(turn.place, world).package?.(turn.place)) ?? null;
}

/** The component's files as they are at the commit. */
async function sourceArtifact(scene: Scene, component: string): Promise<HeldArtifact> {
  const { revision, sources } = scene.resolved;
  return await buildArtifact(scene.directory, {
    component,
    commit: componentCommit(revision, component),
    source: revision.components[component] ?? "",
    repository: sources[component]?.repository ?? scene.directory,
    files: filesOf(scene, component),
  });
}
