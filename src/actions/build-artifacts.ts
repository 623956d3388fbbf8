import { buildArtifact } from "../build/artifact.ts";
import type { StoredArtifact } from "../model/artifact.ts";
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
  const { commit, components } = scene.resolved.revision;
  for (const component of new Set(scene.environment.places.map((place) => place.component))) {
    const source = components[component] ?? "";
    const artifact = await buildArtifact(scene.directory, {
      component,
      commit,
      source,
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
