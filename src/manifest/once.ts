import type { Place } from "../model/place.ts";
import type { Mistake } from "./issues.ts";
import { section, texts } from "./written.ts";

/**
 * The target that runs a component's `once` steps: the first, in the order of deployment, that runs one of them.
 * Null when the component has none.
 *
 * @param places of the whole environment, in the order of deployment.
 */
export function onceTarget(component: string, places: readonly Place[]): string | null {
  const steps = onceSteps(component, places);
  return targetsOf(component, places).find((target) => steps.some((step) => runsStep(step.keys, target))) ?? null;
}

/** The `once` steps of a component that a target of it may run, by name. */
export function onceStepsOn(target: string, component: string, places: readonly Place[]): string[] {
  return onceSteps(component, places).flatMap(({ name, keys }) => (runsStep(keys, target) ? [name] : []));
}

/** All `once` steps of a component run on one target; one that leaves that target out would run nowhere. */
export function onceMistakes(component: string, places: readonly Place[]): Mistake[] {
  const target = onceTarget(component, places);
  if (target === null) return [];
  const elsewhere = onceSteps(component, places).filter(
    ({ keys }) => !runsStep(keys, target) && targetsOf(component, places).some((other) => runsStep(keys, other)),
  );
  return elsewhere.map(({ name }) => ({
    code: "bad-value",
    message: `step \`${name}\` of component \`${component}\` must run once, and leaves out target \`${target}\`, which runs the component's other \`once\` steps`,
    path: ["components", component, "steps", name],
    part: "key",
  }));
}

function targetsOf(component: string, places: readonly Place[]): string[] {
  return places.filter((place) => place.component === component).map((place) => place.target);
}

function onceSteps(component: string, places: readonly Place[]) {
  const spec = section(places.find((place) => place.component === component)?.spec);
  return Object.entries(section(spec.steps))
    .map(([name, keys]) => ({ name, keys: section(keys) }))
    .filter(({ keys }) => keys.once !== undefined);
}

function runsStep(keys: Readonly<Record<string, unknown>>, target: string): boolean {
  const names = (list: unknown) => texts(list).map(({ text }) => text);
  return (keys.only === undefined || names(keys.only).includes(target)) && !names(keys.except).includes(target);
}
