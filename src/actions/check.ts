import { findingsOf, loadManifest } from "../manifest/load.ts";
import { type ResolvedEnvironment, resolveEnvironment, sharedMistakes } from "../manifest/resolve.ts";
import type { CheckAnswer } from "../model/answers.ts";
import { UserError } from "../model/errors.ts";
import { factKeys } from "../model/fact-keys.ts";
import { blocking, type Finding } from "../model/finding.ts";
import { createMask } from "../util/mask.ts";
import { checkComponentImages } from "./component-images.ts";
import { emptySources, workingFiles } from "./working-files.ts";
import type { World } from "./world.ts";

export interface CheckRequest {
  /** Only this environment; otherwise all of them. */
  environment?: string | undefined;
}

/**
 * Checks all that can be known without touching an environment: the manifest, and the images that are built from the
 * working copy. Env variables that are not set are warnings: they are due where the deploy runs.
 * Throws a UserError (`invalid`) with all that is wrong with the manifest.
 */
export async function check(
  { environment }: CheckRequest,
  { directory, manifestFile: file, env, providers }: Pick<World, "directory" | "manifestFile" | "env" | "providers">,
): Promise<CheckAnswer> {
  const loaded = await loadManifest({ directory, file, providers });
  const names = environment === undefined ? Object.keys(loaded.manifest.environments) : [environment];
  const resolved = names.map((name) =>
    foundIn(() => resolveEnvironment(loaded, { environment: name, env, commit: null, providers, lenient: true })),
  );
  const files = await workingFiles(loaded.root);
  const places = resolved.flatMap((each) => each.places);
  const findings = withoutRepetition([
    ...resolved.flatMap((each) => each.findings),
    ...findingsOf(sharedMistakes(places, providers), loaded),
    ...emptySources(loaded, files),
  ]);
  if (blocking(findings).length > 0) throw new UserError("invalid", findings);
  const mask = createMask(factKeys);
  mask.add(resolved.flatMap(({ secrets }) => secrets));
  const images = await checkComponentImages(loaded, places, providers, files);
  return { file: loaded.file, findings: [...findings, ...withoutRepetition(mask.deep(images))] };
}

type Found = Pick<ResolvedEnvironment, "places" | "secrets"> & { findings: readonly Finding[] };

/** What resolving gives, whether something stands in the way or not. */
function foundIn(resolve: () => ResolvedEnvironment): Found {
  try {
    return resolve();
  } catch (error) {
    if (error instanceof UserError) return { places: [], secrets: [], findings: error.findings };
    throw error;
  }
}

/** A mistake in a component is met once in each environment, and told once. */
function withoutRepetition(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}
