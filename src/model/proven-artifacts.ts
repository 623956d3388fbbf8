import type { State } from "./state.ts";

/** An artifact that was built and proven. */
export type ProvenArtifact = NonNullable<State["artifacts"]>[string][string];

/**
 * The artifact that an environment proved for each of these sources: what another one must ship unchanged. A component
 * whose artifact is not built, or that was never proven with this source there, is not among them.
 *
 * @param components component → source digest
 */
export function provenArtifacts(
  state: State,
  components: Readonly<Record<string, string>>,
): Record<string, ProvenArtifact> {
  return Object.fromEntries(
    Object.entries(components).flatMap(([component, digest]) => {
      const artifact = state.artifacts?.[component]?.[digest];
      return artifact === undefined ? [] : [[component, artifact]];
    }),
  );
}
