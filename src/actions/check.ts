import { findingsOf, type LoadedManifest, loadManifest } from "../manifest/load.ts";
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
  const resolve = (name: string, env: World["env"]) =>
    foundIn(() => resolveEnvironment(loaded, { environment: name, env, commit: null, providers, lenient: true }));
  const resolved = names.map((name) => resolve(name, env));
  const files = await workingFiles(loaded.root);
  const places = resolved.flatMap((each) => each.places);
  const variables = variablesIn(loaded);
  const comparable =
    names.length < 2 ? [] : names.flatMap((name) => resolve(name, ownVariables(variables, name)).places);
  const findings = withoutRepetition([
    ...resolved.flatMap((each) => each.findings),
    ...findingsOf(sharedMistakes(comparable, providers), loaded),
    ...emptySources(loaded, files),
  ]);
  if (blocking(findings).length > 0) throw new UserError("invalid", findings);
  const mask = createMask(factKeys);
  mask.add(resolved.flatMap(({ secrets }) => secrets));
  const images = await checkComponentImages(loaded, places, providers, files);
  return { file: loaded.file, findings: [...findings, ...withoutRepetition(mask.deep(images))] };
}

/** Every variable that the manifest names. */
function variablesIn({ manifest }: LoadedManifest): string[] {
  return [...JSON.stringify(manifest).matchAll(/\$\{env\.(\w+)/g)].map(([, name = ""]) => name);
}

/**
 * These variables with a value that no other environment has: each may be deployed by a job with variables of its own, so what
 * one of them says here does not tell that two environments are the same.
 */
function ownVariables(variables: readonly string[], environment: string): Record<string, string> {
  return Object.fromEntries(variables.map((name) => [name, `variable-of-${environment}`]));
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
