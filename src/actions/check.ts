import { loadManifest } from "../manifest/load.ts";
import { resolveEnvironment } from "../manifest/resolve.ts";
import type { CheckAnswer } from "../model/answers.ts";
import { UserError } from "../model/errors.ts";
import { blocking, type Finding } from "../model/finding.ts";
import type { World } from "./world.ts";

export interface CheckRequest {
  /** Only this environment; otherwise all of them. */
  environment?: string | undefined;
}

/**
 * Checks all that can be known of the manifest without touching an environment. Env variables that are not set are
 * warnings: they are due where the deploy runs. Throws a UserError (`invalid`) with all that stands in the way.
 */
export async function check(
  { environment }: CheckRequest,
  { directory, manifestFile: file, env, providers }: Pick<World, "directory" | "manifestFile" | "env" | "providers">,
): Promise<CheckAnswer> {
  const loaded = await loadManifest({ directory, file, providers });
  const names = environment === undefined ? Object.keys(loaded.manifest.environments) : [environment];
  const findings = withoutRepetition(
    names.flatMap((name) =>
      findingsOf(() => resolveEnvironment(loaded, { environment: name, env, commit: null, providers, lenient: true })),
    ),
  );
  if (blocking(findings).length > 0) throw new UserError("invalid", findings);
  return { file: loaded.file, findings };
}

/** What resolving finds, whether it stands in the way or not. */
function findingsOf(resolve: () => { findings: Finding[] }): readonly Finding[] {
  try {
    return resolve().findings;
  } catch (error) {
    if (error instanceof UserError) return error.findings;
    throw error;
  }
}

/** A mistake in a component is met once in each environment, and told once. */
function withoutRepetition(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}
