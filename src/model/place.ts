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
}
