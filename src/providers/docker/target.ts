import { readFileSync } from "node:fs";
import type { Host, ScriptOptions } from "../../io/hosts.ts";
import type { Library } from "../../io/library.ts";
import { runVerb, shellText, type TargetEnd } from "../on-target.ts";
import type { Context } from "../provider.ts";
import { builtHereName, containerName, placeLabel } from "./names.ts";
import type { DockerPlace } from "./spec.ts";

/** The parts of the library that a verb needs beside engine.sh. */
const parts = {
  survey: [],
  read: [],
  logs: [],
  build: ["image"],
  push: ["image"],
  pull: ["image"],
  candidate: ["container"],
  discard: ["container"],
  switch: ["container"],
  finish: ["container", "image"],
} as const;
export type Verb = keyof typeof parts;

/**
 * Runs one verb of engine.sh where the place's engine is.
 *
 * @param args by name; the names of the place are added. An undefined one is left out.
 */
export async function onEngine(
  verb: Verb,
  place: DockerPlace,
  args: Readonly<Record<string, string | undefined>>,
  context: Context,
  options: ScriptOptions = {},
): Promise<TargetEnd> {
  const name = containerName(place);
  const named = { name, pattern: name.replaceAll(".", "\\."), place: placeLabel(place), ...args };
  return await runVerb(hostOf(place, context), library(verb), verb, named, { signal: context.signal, ...options });
}

/** Runs one verb on this machine, which builds and pushes for all targets of an environment. */
export async function onThisEngine(
  verb: "build" | "push" | "read",
  place: DockerPlace,
  args: Readonly<Record<string, string | undefined>>,
  context: Context,
  options: ScriptOptions = {},
): Promise<TargetEnd> {
  const name = builtHereName(place);
  const named = { name, pattern: name.replaceAll(".", "\\."), place: name, ...args };
  const here = context.hosts.get({ host: "localhost" });
  return await runVerb(here, library(verb), verb, named, { signal: context.signal, ...options });
}

/** The way to the place's engine. */
export function hostOf(place: DockerPlace, context: Context): Host {
  return context.hosts.get(place.at);
}

/** Where a verb's output lies after it ended, on the engine's machine. */
export function logOn(verb: "build" | "pull", place: DockerPlace, context: Context): string {
  return `~/.landfall/docker/${containerName(place)}/${verb}.log on ${hostOf(place, context).name}`;
}

/** The same on this machine. */
export function logHere(verb: "build" | "push", place: DockerPlace): string {
  return `~/.landfall/docker/${builtHereName(place)}/${verb}.log on this machine`;
}

function library(verb: Verb): Library {
  return { name: "docker", parts: [texts.engine(), ...parts[verb].map((part) => texts[part]())] };
}

// In this very form, which the bundler replaces by the text.
const texts = {
  engine: shellText(() => readFileSync(new URL("./engine.sh", import.meta.url), "utf8")),
  image: shellText(() => readFileSync(new URL("./engine-image.sh", import.meta.url), "utf8")),
  container: shellText(() => readFileSync(new URL("./engine-container.sh", import.meta.url), "utf8")),
};
