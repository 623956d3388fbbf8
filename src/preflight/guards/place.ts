import type { Guard } from "../guard.ts";

/** The provider's own guards, on every place that was read. */
export const placeGuard: Guard = async ({ surveyed, places, sourceBytes, context }) => {
  const found = await Promise.all(
    surveyed.map(async ({ place, provider, survey }) => {
      const planned = places.find((other) => other.place === place)?.planned;
      if (survey.state !== "read" || !planned) return [];
      const bytes = await sourceBytes(place.component);
      const findings = await provider.guards(place, survey.facts, planned, bytes, context);
      return findings.map((finding) => ({ ...finding, component: place.component, target: place.target }));
    }),
  );
  return found.flat();
};
