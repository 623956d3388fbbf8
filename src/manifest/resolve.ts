import type { z } from "zod";
import { ArtifactBucket, AwsSetting, type Bucket, bucketOf } from "../model/aws.ts";
import { Checks } from "../model/checks.ts";
import type { CredentialsRule } from "../model/credentials.ts";
import { UserError, userError } from "../model/errors.ts";
import { blocking, type Finding } from "../model/finding.ts";
import type { Notice } from "../model/notice.ts";
import type { Place, ResolvedPlace } from "../model/place.ts";
import type { Provider } from "../providers/provider.ts";
import { hint, nearest } from "../util/nearest.ts";
import { credentialsRule, credentialsSchema } from "./credentials.ts";
import type { Path } from "./document.ts";
import type { Mistake } from "./issues.ts";
import { findingsOf, type LoadedManifest } from "./load.ts";
import { noticeSecrets, noticesOf, notifySchema } from "./notify.ts";
import { readNumbers } from "./numbers.ts";
import { onceMistakes, onceStepsOn, onceTarget } from "./once.ts";
import { earlierTargets, orderTargets } from "./order.ts";
import { providerKeys, runsOn } from "./rules.ts";
import { sameAddressMistakes } from "./same-address.ts";
import { sameDirectoryMistakes } from "./same-directory.ts";
import { sameOwnedMistakes } from "./same-owned.ts";
import { type Component, commonComponentKeys, type Environment, manifestSchema, pathsOf } from "./schema.ts";
import { Scope } from "./scope.ts";
import { validate } from "./validate.ts";
import { ownValue, type Section } from "./written.ts";

export interface ResolvedEnvironment {
  application: string;
  environment: string;
  /** Branches, or patterns of branches, whose commits may run here. */
  branches: string[];
  /** In the order in which they are deployed. */
  places: ResolvedPlace[];
  /** Where it lies in AWS; null: the manifest does not say. */
  account: ResolvedAccount | null;
  /** Whom to tell of the outcome. */
  notify: Notice[];
  /** Values of env variables that were used, and of what is secret by its place, for masking. */
  secrets: string[];
  /** The names of the env variables that were used. */
  variables: string[];
  /** What does not stand in the way: with `lenient`, the env variables that are not set. */
  findings: Finding[];
}

/** The account that an environment lies in. */
export interface ResolvedAccount {
  aws: AwsSetting;
  artifacts?: Bucket;
  /** How old what opens it may be. */
  credentials: CredentialsRule;
}

export interface ResolveOptions {
  environment: string;
  /** Only these components. */
  components?: readonly string[] | undefined;
  /** Only the places on this target; env variables that only other targets use need not be set. */
  target?: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  /** What `${revision.commit}` stands for; null while it is not known: it then stays as it is written. */
  commit: string | null;
  /** The same for components with a repository of their own. */
  commits?: Readonly<Record<string, string>> | undefined;
  providers: readonly Provider[];
  /** Env variables that are not set are warnings. */
  lenient?: boolean | undefined;
}

/**
 * Makes one environment's places from the manifest: every `${…}` resolved for each target, and every value checked again
 * in the form that it then has. Throws a UserError (`invalid`) with everything that is wrong at once.
 */
export function resolveEnvironment(loaded: LoadedManifest, options: ResolveOptions): ResolvedEnvironment {
  const { manifest } = loaded;
  const environment = knownEnvironment(loaded, options.environment);
  const components = knownComponents(loaded, options.components);
  if (options.target !== undefined) mustHaveTarget(loaded, environment, options.target);
  const work: Work = { loaded, options, environment, mistakes: [], secrets: new Set(), variables: new Set() };
  const after = Object.fromEntries(Object.entries(environment.targets).map(([target, keys]) => [target, keys.after]));
  const branches = resolveBranches(work);
  const notify = resolveNotify(work);
  const account = resolveAccount(work);
  const serviceOf = (name: string) => providerOf(manifest.components[name]?.type, options)?.service;
  const placed = (orderTargets(after).order ?? []).flatMap((target) =>
    components
      .filter((name) => !serviceOf(name) && runsOn(manifest.components[name] ?? {}, target))
      .flatMap((name) => resolvePlace(name, target, work)),
  );
  const services = components.flatMap((name) => {
    const service = serviceOf(name);
    if (!service || !account) return [];
    const { credentials: _rule, ...where } = account;
    return resolvePlace(name, service.target, work).map((place) => ({ ...place, ...where }));
  });
  const places = [...placed, ...services];
  const once = Object.fromEntries(components.map((name) => [name, onceTarget(name, places)]));
  work.mistakes = [
    ...work.mistakes,
    ...sharedMistakes(places, options.providers),
    ...sameAddressMistakes(places.filter(({ type }) => !providerOf(type, options)?.identifies)),
    ...components.flatMap((name) => onceMistakes(name, places)),
  ];
  const present = new Set(places.map(({ target }) => target));
  return {
    application: manifest.application,
    environment: options.environment,
    branches,
    account,
    notify,
    places: places
      .filter(({ target }) => options.target === undefined || target === options.target)
      .map((place) => ({
        ...place,
        after: earlierTargets(place.target, after, present),
        runsOnce: once[place.component] === place.target,
        onceSteps: onceStepsOn(place.target, place.component, places),
      })),
    findings: settle(work),
    secrets: [...work.secrets],
    variables: [...work.variables].sort(),
  };
}

type UnorderedPlace = Omit<ResolvedPlace, "after" | "runsOnce" | "onceSteps">;

interface Work {
  loaded: LoadedManifest;
  options: ResolveOptions;
  environment: Environment;
  mistakes: Mistake[];
  secrets: Set<string>;
  variables: Set<string>;
}

/** An environment of the manifest. Throws `unknown-environment`, with the nearest name. */
export function knownEnvironment({ manifest, shownFile }: LoadedManifest, name: string): Environment {
  const environment = ownValue(manifest.environments, name);
  if (environment) return environment;
  throw unknownEnvironment(name, Object.keys(manifest.environments), shownFile);
}

/** The error for a name that is not among a manifest's environments. */
export function unknownEnvironment(name: string, known: readonly string[], file: string): UserError {
  // With a guess the others are told, too: names such as `prod-1` are all near each other.
  const others = nearest(name, known) !== null && known.length > 1 ? ` known: ${known.join(", ")}` : "";
  const message = `there is no environment \`${name}\`${hint(name, known)}${others}`;
  return userError("invalid", "unknown-environment", message, { file });
}

function mustHaveTarget({ shownFile }: LoadedManifest, { targets }: Environment, target: string): void {
  const known = Object.keys(targets);
  if (known.includes(target)) return;
  throw userError("invalid", "unknown-target", `there is no target \`${target}\`${hint(target, known)}`, {
    file: shownFile,
  });
}

function knownComponents({ manifest, shownFile }: LoadedManifest, names: readonly string[] | undefined): string[] {
  const known = Object.keys(manifest.components);
  if (names === undefined || names.length === 0) return known;
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new UserError(
      "invalid",
      unknown.map((name) => ({
        code: "unknown-component",
        level: "block",
        message: `there is no component \`${name}\`${hint(name, known)}`,
        file: shownFile,
      })),
    );
  return known.filter((name) => names.includes(name));
}

function resolveBranches(work: Work): string[] {
  const path: Path = ["environments", work.options.environment, "branch"];
  const scope = new Scope(scopeInput(work));
  const branch = scope.resolve(work.environment.branch, path);
  gather(scope, work);
  const schema = manifestSchema(work.options.providers).shape.environments.valueType.shape.branch;
  work.mistakes = work.mistakes.concat(validate(schema, branch, path).mistakes);
  return [schema.safeParse(branch).data ?? []].flat();
}

/** Where the environment lies in AWS; null when the manifest does not say, or says it wrongly. */
function resolveAccount(work: Work): ResolvedAccount | null {
  const { environment, options } = work;
  if (environment.aws === undefined) return null;
  const path: Path = ["environments", options.environment];
  const scope = new Scope(scopeInput(work));
  const aws = parse(AwsSetting, environment.aws, [...path, "aws"], scope);
  const artifacts = parse(ArtifactBucket.optional(), environment.artifacts, [...path, "artifacts"], scope);
  const credentials = parse(credentialsSchema, environment.credentials, [...path, "credentials"], scope);
  gather(scope, work);
  if (!aws || !artifacts || !credentials) return null;
  const bucket = artifacts.value === undefined ? {} : { artifacts: bucketOf(artifacts.value) };
  return { aws: aws.value, ...bucket, credentials: credentialsRule(credentials.value) };
}

/** The receivers of notifications; their addresses are secrets, also when they are written out. */
function resolveNotify(work: Work): Notice[] {
  const path: Path = ["environments", work.options.environment, "notify"];
  const scope = new Scope(scopeInput(work));
  const written = scope.resolve(work.environment.notify, path);
  gather(scope, work);
  work.mistakes = work.mistakes.concat(validate(notifySchema, written, path).mistakes);
  const notices = noticesOf(notifySchema.safeParse(written).data ?? []);
  for (const secret of notices.flatMap(noticeSecrets)) work.secrets.add(secret);
  return notices;
}

function scopeInput({ options, environment }: Work, target?: string, component = "") {
  const { env, commits } = options;
  const commit = commits?.[component] ?? options.commit;
  const lenient = options.lenient || isAside(options, target);
  return { environment: options.environment, section: environment, target, env, commit, lenient };
}

/** Whether a target is resolved only for what others must know of it. */
function isAside({ target: only }: ResolveOptions, target: string | undefined): boolean {
  return only !== undefined && target !== undefined && target !== only;
}

function gather(scope: Scope, work: Work): void {
  work.mistakes = work.mistakes.concat(scope.mistakes);
  for (const secret of scope.secrets) work.secrets.add(secret);
  for (const variable of scope.variables) work.variables.add(variable);
}

/** One component on one target; none when its values are not usable, which is then among the mistakes. */
function resolvePlace(name: string, target: string, work: Work): UnorderedPlace[] {
  const { loaded, options, environment } = work;
  const component = loaded.manifest.components[name];
  const provider = providerOf(component?.type, options);
  if (!component || !provider) return [];
  const scope = new Scope(scopeInput(work, target, name));
  const environmentPath: Path = ["environments", options.environment];
  const targetPath: Path = [...environmentPath, "targets", target];
  // Variables that nothing names are resolved too, so that a mistake in them does not wait for its first use.
  scope.resolve(environment.vars, [...environmentPath, "vars"]);
  scope.resolve(environment.targets[target]?.vars, [...targetPath, "vars"]);
  const at = parse(provider.target, providerKeys(environment.targets[target] ?? {}, provider), targetPath, scope);
  const spec = parse(provider.spec, ownKeys(component), ["components", name], scope);
  const checks = parse(Checks.optional(), component.checks, ["components", name, "checks"], scope);
  if (spec !== undefined) scope.need(provider.variables?.(spec.value) ?? [], ["components", name]);
  if (!isAside(options, target)) gather(scope, work);
  if (at === undefined || spec === undefined || checks === undefined) return [];
  return [
    {
      application: loaded.manifest.application,
      environment: options.environment,
      component: name,
      target,
      spec: spec.value,
      at: at.value,
      values: scope.values,
      fromOutside: [...scope.fromOutside],
      type: component.type,
      source: pathsOf(component),
      exclude: component.exclude,
      checks: checks.value,
      presence: environment.targets[target]?.presence ?? "always",
    },
  ];
}

/** What several places would change, of one environment or of several: none of them would be what the other left. */
export function sharedMistakes<P extends Place & { type: string }>(
  places: readonly P[],
  providers: readonly Provider[],
): Mistake[] {
  return [
    ...sameDirectoryMistakes(places),
    ...sameOwnedMistakes(places, (place) => providerOf(place.type, { providers })?.owns?.(place) ?? []),
  ];
}

function providerOf(type: string | undefined, { providers }: Pick<ResolveOptions, "providers">): Provider | undefined {
  return providers.find((provider) => provider.type === type);
}

/** A component's keys without those that every component has. */
function ownKeys(component: Component): Section {
  return Object.fromEntries(Object.entries(component).filter(([key]) => !commonComponentKeys.includes(key)));
}

/** Resolves a section and checks it as the provider defines it. Undefined when it does not pass, with the mistakes in the scope. */
function parse<T>(schema: z.ZodType<T>, section: unknown, path: Path, scope: Scope): { value: T } | undefined {
  const value = readNumbers(schema, scope.resolve(section, path), section);
  for (const mistake of validate(schema, value, path).mistakes) scope.mistakes.push(mistake);
  const parsed = schema.safeParse(value);
  return parsed.success ? { value: parsed.data } : undefined;
}

/** Throws when anything stands in the way; gives the warnings otherwise. */
function settle({ mistakes, loaded }: Work): Finding[] {
  const findings = findingsOf(mistakes, loaded);
  if (blocking(findings).length > 0) throw new UserError("invalid", findings);
  return findings;
}
