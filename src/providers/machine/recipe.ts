import { hash } from "node:crypto";
import { expressionsInCommand } from "../../model/command.ts";
import { splitAtSwitch, stepsHere } from "./steps-here.ts";
import type { MachinePlace } from "./target.ts";

/**
 * A mark of how this target's releases are made of their files, as far as the manifest tells: its steps in their order, the
 * paths that are shared, and the values that the steps name. With another one the same files make another release.
 *
 * What comes from outside of the manifest (the deployer's environment, the commit) is no part of it: it may be another each
 * time, and may be secret. Nor are limits, retries and checks of a step: they change nothing of what it makes.
 *
 * @returns six hexadecimal digits
 */
export function recipeOf(place: MachinePlace): string {
  const { spec } = place;
  const { before, after } = splitAtSwitch(stepsHere(place));
  const made = [before, after].map((steps) => steps.map(([name, { run }]) => [name, run, valuesIn(run, place)]));
  return hash("sha256", JSON.stringify([spec.shell, spec.shared, made])).slice(0, 6);
}

function valuesIn(run: string, { values, fromOutside }: MachinePlace): [string, string | null][] {
  const names = new Set(expressionsInCommand(run).map(({ name }) => name));
  return [...names].filter((name) => !fromOutside.includes(name)).map((name) => [name, values[name] ?? null]);
}
