import type { Provider } from "../providers/provider.ts";
import { hint } from "../util/nearest.ts";
import { buildMistakes } from "./build-command.ts";
import { credentialsMistakes } from "./credentials.ts";
import type { Path } from "./document.ts";
import { expressionMistakes } from "./expressions.ts";
import { dotted, type Mistake } from "./issues.ts";
import { orderTargets } from "./order.ts";
import { requiresMistakes } from "./requires.ts";
import { commonTargetKeys, shapeOf } from "./schema.ts";
import { validate } from "./validate.ts";
import { type Section, section, texts } from "./written.ts";

/**
 * What a schema cannot say: names that must exist elsewhere, circles, components that nothing proves or that run nowhere,
 * targets that lack what their components need. Reads the manifest as it was written, so that these mistakes
 * are shown together with those of the schema.
 */
export function ruleMistakes(written: unknown, providers: readonly Provider[]): Mistake[] {
  const components = section(section(written).components);
  const environments = section(section(written).environments);
  const allTargets = [...new Set(Object.values(environments).flatMap((environment) => targetsOf(environment)))];
  return [
    ...expressionMistakes(written),
    ...buildMistakes(components),
    ...requiresMistakes(written),
    ...credentialsMistakes(written),
    ...Object.keys(components).flatMap((name) => [
      ...claimMistakes(name, section(components[name]), providers),
      ...serviceOnTargets(name, section(components[name]), providers),
      ...targetNameMistakes(name, section(components[name]), allTargets),
    ]),
    ...Object.keys(environments).flatMap((name) =>
      environmentMistakes(name, environments[name], components, providers),
    ),
  ];
}

const targetsOf = (environment: unknown) => Object.keys(section(section(environment).targets));

/** Keys of `prove` that only say how long to look, and claim nothing. */
const notClaims = new Set(["stable", "within"]);

function claimMistakes(name: string, component: Section, providers: readonly Provider[]): Mistake[] {
  const provider = providers.find(({ type }) => type === component.type);
  if (!provider || provider.identifies || !("prove" in shapeOf(provider.spec))) return [];
  const prove = section(component.prove);
  const claims = Object.keys(prove).filter((key) => !notClaims.has(key) && !key.startsWith("x-"));
  if (claims.length > 0) return [];
  const message = `nothing would prove component \`${name}\`: its \`prove\` makes no claim`;
  return [{ code: "no-claim", message, path: ["components", name, "prove"], part: "key" }];
}

/** A service has one place in each environment: its account. */
function serviceOnTargets(name: string, component: Section, providers: readonly Provider[]): Mistake[] {
  if (component.on === undefined || !serviceOf(component, providers)) return [];
  const message = `component \`${name}\` runs in the environment's account, and on none of its targets: \`on\` says nothing here`;
  return [{ code: "bad-value", message, path: ["components", name, "on"], part: "key" }];
}

/** What a component's type says of the account that it lies in; undefined for one that runs on targets. */
function serviceOf(component: Section, providers: readonly Provider[]): Provider["service"] {
  return providers.find(({ type }) => type === component.type)?.service;
}

/** Names in `on`, `only` and `except` must be targets of at least one environment. */
function targetNameMistakes(name: string, component: Section, targets: readonly string[]): Mistake[] {
  const at: Path = ["components", name];
  const lists: Path[] = [[...at, "on"]];
  for (const step of Object.keys(section(component.steps)))
    lists.push([...at, "steps", step, "only"], [...at, "steps", step, "except"]);
  return lists.flatMap((path) => {
    const [, , first, step, key] = path;
    const list = first === "on" ? component.on : section(section(component.steps)[String(step)])[String(key)];
    return unknownNames(list, path, targets, "no environment has a target");
  });
}

function unknownNames(list: unknown, path: Path, targets: readonly string[], phrase: string): Mistake[] {
  return texts(list).flatMap(({ text, index }): Mistake[] => {
    if (targets.includes(text)) return [];
    const message = `${dotted(path)}: ${phrase} \`${text}\`${hint(text, targets)}`;
    return [{ code: "unknown-target", message, path: [...path, index], part: "value" }];
  });
}

function environmentMistakes(
  name: string,
  environment: unknown,
  components: Section,
  providers: readonly Provider[],
): Mistake[] {
  const at: Path = ["environments", name, "targets"];
  const targets = section(section(environment).targets);
  const names = Object.keys(targets);
  const [services, placed] = apart(components, providers);
  const missing = neededKeys(name, section(environment), services, providers);
  if (names.length === 0 && Object.keys(placed).length > 0)
    return [
      ...missing,
      { code: "no-targets", message: `environment \`${name}\` has no targets`, path: at, part: "key" },
    ];
  return [
    ...missing,
    ...names.flatMap((target) =>
      unknownNames(
        section(targets[target]).after,
        [...at, target, "after"],
        names,
        `environment \`${name}\` has no target`,
      ),
    ),
    ...cycleMistakes(name, targets, at),
    ...emptyComponents(name, names, placed),
    ...names.flatMap((target) => targetMistakes(target, section(targets[target]), at, placed, providers)),
  ];
}

/** The components that lie in the environment's account, and those that run on targets. */
function apart(components: Section, providers: readonly Provider[]): [services: Section, placed: Section] {
  const isService = ([, component]: [string, unknown]) => serviceOf(section(component), providers) !== undefined;
  const entries = Object.entries(components);
  return [
    Object.fromEntries(entries.filter(isService)),
    Object.fromEntries(entries.filter((entry) => !isService(entry))),
  ];
}

/** Keys of the environment that its services cannot do without. */
function neededKeys(name: string, environment: Section, services: Section, providers: readonly Provider[]): Mistake[] {
  const needs = new Map<string, string>();
  for (const [component, keys] of Object.entries(services))
    for (const key of serviceOf(section(keys), providers)?.needs ?? [])
      if (environment[key] === undefined) needs.set(key, needs.get(key) ?? component);
  return [...needs].map(([key, component]) => ({
    code: "missing-key",
    message: `environment \`${name}\` needs \`${key}\`: component \`${component}\` lies in its account`,
    path: ["environments", name],
    part: "key",
  }));
}

function cycleMistakes(name: string, targets: Section, at: Path): Mistake[] {
  const after = Object.entries(targets).map(([target, keys]) => [
    target,
    texts(section(keys).after).map(({ text }) => text),
  ]);
  const { cycle } = orderTargets(Object.fromEntries(after));
  if (!cycle) return [];
  const message = `targets of environment \`${name}\` wait for each other: ${cycle.join(" → ")}`;
  return [{ code: "target-cycle", message, path: [...at, cycle[0] ?? "", "after"], part: "value" }];
}

function emptyComponents(name: string, targets: readonly string[], components: Section): Mistake[] {
  return Object.keys(components)
    .filter((component) => !targets.some((target) => runsOn(section(components[component]), target)))
    .map((component) => ({
      code: "no-targets",
      message: `component \`${component}\` runs on no target of environment \`${name}\``,
      path: ["components", component, "on"],
      part: "value",
    }));
}

/** Whether a component, as it was written, runs on a target. */
export function runsOn(component: Section, target: string): boolean {
  return component.on === undefined || texts(component.on).some(({ text }) => text === target);
}

/** A target must have what the types that run on it need, and nothing that none of them reads. */
function targetMistakes(
  target: string,
  keys: Section,
  at: Path,
  components: Section,
  providers: readonly Provider[],
): Mistake[] {
  const path = [...at, target];
  const onTarget = Object.values(components).filter((component) => runsOn(section(component), target));
  if (onTarget.length === 0)
    return [{ code: "unused-target", message: `no component runs on ${dotted(path)}`, path, part: "key" }];
  const here = providers.filter(({ type }) => onTarget.some((component) => section(component).type === type));
  return [
    ...hiddenMistakes(keys, path),
    ...unreadMistakes(keys, path, here, providers),
    ...here.flatMap((provider) => validate(provider.target, providerKeys(keys, provider), path).mistakes),
  ];
}

/** `${target.NAME}` finds a target's key or one of its `vars`; a name that is both would leave one of them unread. */
function hiddenMistakes(keys: Section, path: Path): Mistake[] {
  const twice = Object.keys(section(keys.vars)).filter((key) => key === "name" || Object.hasOwn(keys, key));
  return twice.map((key) => ({
    code: "bad-value",
    message: `${dotted([...path, "vars", key])} has the name of something that the target has already`,
    path: [...path, "vars", key],
    part: "key",
  }));
}

/** Keys that some type has, and none that runs on this target. What no type has is left to the schema. */
function unreadMistakes(
  keys: Section,
  path: Path,
  here: readonly Provider[],
  providers: readonly Provider[],
): Mistake[] {
  if (here.length === 0) return [];
  const has = (some: readonly Provider[], key: string) =>
    some.some(({ target }) => Object.hasOwn(shapeOf(target), key));
  const unread = Object.keys(keys).filter(
    (key) => !commonTargetKeys.includes(key) && has(providers, key) && !has(here, key),
  );
  return unread.map((key) => ({
    code: "unknown-key",
    message: `${dotted(path)}: nothing that runs here reads \`${key}\``,
    path: [...path, key],
    part: "key",
  }));
}

/** The keys of a target that a provider reads. */
export function providerKeys(target: Section, provider: Provider): Section {
  return Object.fromEntries(Object.entries(target).filter(([key]) => Object.hasOwn(shapeOf(provider.target), key)));
}
