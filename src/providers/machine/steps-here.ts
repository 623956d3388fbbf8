import type { Step } from "./spec.ts";
import type { MachinePlace } from "./target.ts";

/** The steps that this target runs, in the order of the manifest. Who runs a `once` step is decided for all targets together. */
export function stepsHere({ spec, target }: MachinePlace): [string, Step][] {
  return Object.entries(spec.steps).filter(
    ([, step]) => (step.only?.includes(target) ?? true) && !step.except?.includes(target),
  );
}

/** The switch comes before the first step that says so, or whose name does. */
export function splitAtSwitch(steps: [string, Step][]): { before: [string, Step][]; after: [string, Step][] } {
  const found = steps.findIndex(([name, step]) => step.afterSwitch ?? /^(restart|start|reload)$/.test(name));
  const at = found < 0 ? steps.length : found;
  return { before: steps.slice(0, at), after: steps.slice(at) };
}
