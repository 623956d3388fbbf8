import type { Artifact } from "../model/artifact.ts";
import type { Evidence } from "../model/evidence.ts";
import type { ResolvedPlace } from "../model/place.ts";
import type { Context, Provider, Wanted } from "../providers/provider.ts";

/** One place whose running unit is to be read. */
export interface Claimed {
  place: ResolvedPlace;
  provider: Provider;
  wanted: Wanted;
  artifact: Artifact;
  /** Whether this rollout changed it, so that claims may need time to come true. */
  changed: boolean;
  /** What the survey read of it, where nothing was changed anywhere since. */
  facts?: unknown;
}

/** Reads the running unit of a place. A provider that gives no evidence gives an unknown: silence proves nothing. */
export async function collect(
  { place, provider, wanted, artifact, changed, facts }: Claimed,
  context: Context,
): Promise<Evidence[]> {
  const { component, target } = place;
  try {
    const evidence = await provider.prove(place, wanted, artifact, changed, context, facts);
    if (evidence.length > 0) return evidence.map((item) => ({ ...item, component, target }));
    return [nothing(place, wanted, "nothing claims what runs here")];
  } catch (error) {
    return [nothing(place, wanted, error instanceof Error ? error.message : String(error))];
  }
}

function nothing(place: ResolvedPlace, wanted: Wanted, reason: string): Evidence {
  const { component, target } = place;
  return {
    component,
    target,
    claim: "running",
    expected: wanted.commit,
    readings: [],
    verdict: "unknown",
    reason,
    code: "no-evidence",
  };
}
