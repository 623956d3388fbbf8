import { buildArtifact } from "../build/artifact.ts";
import type { StoredArtifact } from "../model/artifact.ts";
import { componentCommit } from "../model/revision.ts";
import type { Attempt } from "./attempt.ts";
import { filesOf, type Scene } from "./scene.ts";
import type { World } from "./world.ts";

/** Makes or finds the artifact of every component that the environment runs. */
export async function buildArtifacts(
  scene: Scene,
  attempt: Attempt,
  world: World,
): Promise<ReadonlyMap<string, StoredArtifact>> {
  const artifacts = new Map<string, StoredArtifact>();
  const { revision, sources } = scene.resolved;
  for (const component of new Set(scene.environment.places.map((place) => place.component))) {
    const artifact = await buildArtifact(scene.directory, {
      component,
      commit: componentCommit(revision, component),
      source: revision.components[component] ?? "",
      repository: sources[component]?.repository ?? scene.directory,
      files: filesOf(scene, component),
    });
    artifacts.set(component, artifact);
    attempt.note({
      event: "built",
      at: world.now().toISOString(),
      component,
      artifact: artifact.digest,
      bytes: artifact.bytes,
    });
  }
  return artifacts;
}
