import type { Guard } from "../guard.ts";
import { toldOnce } from "../told-once.ts";

/**
 * The provider's own guards, on every place that was read. A component's size is asked for once for all its targets, and not
 * at all where nothing is to be done: git looks at each file for it.
 */
export const placeGuard: Guard = async ({ surveyed, places, sourceBytes, wanted, context }) => {
  const sizes = new Map<string, Promise<number>>();
  const sizeOf = (component: string): Promise<number> => {
    const size = sizes.get(component) ?? sourceBytes(component);
    sizes.set(component, size);
    return size;
  };
  const found = await Promise.all(
    surveyed.map(async ({ place, provider, survey }) => {
      const plan = places.find((other) => other.place === place)?.planned;
      if (survey.state !== "read" || !plan) return { place, findings: [] };
      const { component, target } = place;
      const releaseBytes = plan.steps.length === 0 ? 0 : await sizeOf(component);
      const findings = await provider.guards(
        place,
        survey.facts,
        { plan, wanted: wanted(place), releaseBytes },
        context,
      );
      return { place, findings: findings.map((finding) => ({ ...finding, component, target })) };
    }),
  );
  return toldOnce(found);
};
