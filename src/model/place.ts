import type { AwsSetting, Bucket } from "./aws.ts";
import type { Checks } from "./checks.ts";

/** One component on one target, with everything resolved: what a provider works on. */
export interface Place<Spec = unknown, Target = unknown> {
  application: string;
  environment: string;
  component: string;
  target: string;
  /** The component's own section, after `${…}` was resolved for this target. `run` strings keep their expressions: see `compileCommand`. */
  spec: Spec;
  /** The target's own section, resolved. */
  at: Target;
  /** Every `${…}` that a `run` of this place may name, such as `target.unit`, with its value. */
  values: Readonly<Record<string, string>>;
  /** The names whose values are not the manifest's alone: the deployer's environment or the commit is in them, set or not. */
  fromOutside: readonly string[];
  /** Where the environment lies in AWS, if the manifest says so. */
  aws?: AwsSetting | undefined;
  /** Where its artifacts are kept, if the manifest says so. */
  artifacts?: Bucket | undefined;
}

/** Whether a target that is off is a failure or a debt. */
export type Presence = "always" | "on-demand";

/** A place with what its component's common keys say. */
export interface ResolvedPlace extends Place {
  type: string;
  /** The paths whose content is the component, relative to the manifest's directory. */
  source: readonly string[];
  exclude: readonly string[];
  /** Targets that must be proven before this one starts. */
  after: readonly string[];
  /** `on-demand`: it may be off by design, and then catches up later. */
  presence: Presence;
  /** Whether steps that must run once run here: on one target per component. Another stands in for it while it is off. */
  runsOnce: boolean;
  /** The steps of that kind that the manifest lets run here, by name. */
  onceSteps: readonly string[];
  /** What must hold here once the revision is proven. */
  checks?: Checks | undefined;
}

/** How messages name a place. */
export function placeName(place: { component: string; target: string }): string {
  return `${place.component} on ${place.target}`;
}
