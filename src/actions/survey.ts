import type { ResolvedPlace } from "../model/place.ts";
import type { Context, Provider, Survey } from "../providers/provider.ts";
import type { SurveyedPlace } from "../providers/surveyed.ts";
import { parallel } from "../util/parallel.ts";
import { pause } from "../util/pause.ts";
import type { Attempt } from "./attempt.ts";
import { placesAtOnce } from "./places-at-once.ts";
import type { Scene } from "./scene.ts";
import type { World } from "./world.ts";

const lookAgainSeconds = 1;

/**
 * Reads the present state of every place. A target on which a step of an earlier rollout still runs is waited for:
 * what it will have done cannot be planned before it has ended.
 */
export async function surveyPlaces(
  scene: Scene,
  waitSeconds: number,
  attempt: Attempt,
  world: World,
): Promise<SurveyedPlace[]> {
  const context = attempt.readingContext(scene.directory);
  return await parallel(scene.environment.places, placesAtOnce, async (place) => {
    const provider = providerOf(place, world);
    const survey = await surveyWhenFree(provider, place, context, waitSeconds, attempt, world);
    if (survey.state === "read") {
      const { component, target } = place;
      attempt.note({ event: "surveyed", at: world.now().toISOString(), component, target, summary: survey.summary });
    }
    return { place, provider, survey };
  });
}

/** The provider of a place's type. The manifest was checked, so it is there. */
export function providerOf(place: { type: string }, world: World): Provider {
  const provider = world.providers.find((candidate) => candidate.type === place.type);
  if (!provider) throw new Error(`no provider for the type ${place.type}`);
  return provider;
}

async function surveyWhenFree(
  provider: Provider,
  place: ResolvedPlace,
  context: Context,
  waitSeconds: number,
  attempt: Attempt,
  world: World,
): Promise<Survey<unknown>> {
  for (let waited = 0; ; waited += lookAgainSeconds) {
    const survey = await readOnce(provider, place, context);
    if (survey.state !== "read" || survey.busy === null || waited >= waitSeconds || world.signal.aborted) return survey;
    if (waited === 0) attempt.waiting("target", `${place.target}: ${survey.busy}`);
    await pause(lookAgainSeconds, world.signal);
  }
}

/** A provider that throws has not read anything: that is an unknown, not a crash of the whole rollout. */
async function readOnce(provider: Provider, place: ResolvedPlace, context: Context): Promise<Survey<unknown>> {
  try {
    return await provider.survey(place, context);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      state: "unknown",
      finding: { code: "internal", level: "block", message: `reading it failed: ${message}` },
    };
  }
}
