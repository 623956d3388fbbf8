import { readFileSync } from "node:fs";
import type { ScriptOptions } from "../../io/hosts.ts";
import type { Library } from "../../io/library.ts";
import type { Place } from "../../model/place.ts";
import { beginOn, runVerb, shellText, type TargetEnd } from "../on-target.ts";
import type { Context } from "../provider.ts";
import type { MachineSpec, MachineTarget } from "./spec.ts";

export type MachinePlace = Place<MachineSpec, MachineTarget>;

const parts = {
  unpack: "release",
  switch: "release",
  finish: "release",
  note: "release",
  step: "step",
  survey: "read",
  read: "read",
} as const;
export type Verb = keyof typeof parts;

/**
 * Runs one verb of target.sh at a place.
 *
 * @param args by name; the directory and the names of the place are added. An undefined one is left out.
 */
export async function onTarget(
  verb: Verb,
  place: MachinePlace,
  args: Readonly<Record<string, string | undefined>>,
  context: Context,
  options: ScriptOptions = {},
): Promise<TargetEnd> {
  const named = {
    directory: place.spec.directory,
    environment: place.environment,
    component: place.component,
    target: place.target,
    ...args,
  };
  return await runVerb(hostOf(place, context), libraryOf(verb), verb, named, { signal: context.signal, ...options });
}

/** Begins the login to a place's machine, which will be surveyed. */
export function approach(place: MachinePlace, context: Context): void {
  beginOn(hostOf(place, context), libraryOf("survey"));
}

function libraryOf(verb: Verb): Library {
  return { name: "machine", parts: [texts.shared(), texts.files(), texts[parts[verb]]()] };
}

/** The way to a place's machine. */
export function hostOf(place: MachinePlace, context: Context) {
  return context.hosts.get(place.at);
}

// In this very form, which the bundler replaces by the text.
const texts = {
  shared: shellText(() => readFileSync(new URL("./target.sh", import.meta.url), "utf8")),
  files: shellText(() => readFileSync(new URL("./target-files.sh", import.meta.url), "utf8")),
  release: shellText(() => readFileSync(new URL("./target-release.sh", import.meta.url), "utf8")),
  step: shellText(() => readFileSync(new URL("./target-step.sh", import.meta.url), "utf8")),
  read: shellText(() => readFileSync(new URL("./target-read.sh", import.meta.url), "utf8")),
};
