import type { Guard } from "../guard.ts";
import { toldOnce } from "../told-once.ts";

/** The provider's own guards, on every place that was read. */
export const placeGuard: Guard = async ({ surveyed, places, sourceBytes, wanted, context }) => {
  const found = await Promise.all(
    surveyed.map(async ({ place, provider, survey }) => {
      const planned = places.find((other) => other.place === place)?.planned;
      if (survey.state !== "read" || !planned) return { place, findings: [] };
      const { component, target } = place;
      const about = { plan: planned, wanted: wanted(place), releaseBytes: await sourceBytes(component) };
      const findings = await provider.guards(place, survey.facts, about, context);
      return { place, findings: findings.map((finding) => ({ ...finding, component, target })) };
    }),
  );
  return toldOnce(found);
};
