import { containerName, placeLabel } from "./names.ts";
import type { Container, EngineReading } from "./reading.ts";
import type { DockerPlace } from "./spec.ts";

/**
 * Running containers of the component beside the one that should serve: with its label or its name, or started by hand
 * from one of its images. One of another environment has a label of its own, and is none of our business.
 */
export function olderBeside(
  place: DockerPlace,
  { containers, noted }: Pick<EngineReading, "containers" | "noted">,
  serving: Container,
): Container[] {
  const images = new Set(noted.map(({ id }) => id));
  return containers.filter((container) => {
    if (container.id === serving.id || !container.running) return false;
    if (container.place !== null) return container.place === placeLabel(place);
    return container.name === containerName(place) || images.has(container.image);
  });
}
