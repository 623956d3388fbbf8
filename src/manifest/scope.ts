import { expressionsInCommand } from "../model/command.ts";
import type { Level } from "../model/finding.ts";
import { hint } from "../util/nearest.ts";
import type { Path } from "./document.ts";
import { interpolate, type Meaning } from "./interpolate.ts";
import { dotted, type Mistake } from "./issues.ts";
import { commonTargetKeys, type Environment } from "./schema.ts";
import { isCommand, ownValue, type Section } from "./written.ts";

/** What the expressions of one environment, or of one of its targets, are resolved against. */
export interface ScopeInput {
  environment: string;
  section: Environment;
  /** Absent while the environment's own keys are resolved. */
  target?: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  /** Null while it is not known yet. */
  commit: string | null;
  /** Env variables that are not set are warnings. */
  lenient?: boolean | undefined;
}

/** How many variables may be resolved for the sake of one another. */
const mostDepth = 20;

/**
 * Resolves texts, and gathers what could not be resolved and what was read of the environment variables.
 * Every variable is resolved once, when it is first named; one that needs itself is a mistake.
 */
export class Scope {
  readonly mistakes: Mistake[] = [];
  /** What the commands that were met may name, by expression. */
  readonly values: Record<string, string> = {};
  /** The names of expressions in commands whose values the manifest alone does not tell, whether they have one here or not. */
  readonly fromOutside = new Set<string>();
  /** The values of env variables that were used. */
  readonly secrets = new Set<string>();
  /** The names of env variables that were used and set. */
  readonly variables = new Set<string>();
  readonly #input: ScopeInput;
  readonly #target: Section;
  readonly #targetVars: Section;
  readonly #resolved = new Map<string, Meaning>();
  readonly #underway = new Set<string>();

  constructor(input: ScopeInput) {
    const target = ownValue(input.section.targets, input.target ?? "");
    this.#input = input;
    this.#targetVars = target?.vars ?? {};
    this.#target = Object.fromEntries(Object.entries(target ?? {}).filter(([key]) => !commonTargetKeys.includes(key)));
  }

  /** Resolves every text below a value, except commands, which stay as they are written. */
  resolve(value: unknown, path: Path): unknown {
    if (typeof value === "string") return isCommand(path) ? this.#command(value, path) : this.#text(value, path).text;
    if (Array.isArray(value)) return value.map((item, index) => this.resolve(item, [...path, index]));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.resolve(inner, [...path, key])]));
  }

  /** Looks up variables of the environment that are needed by name. */
  need(names: readonly string[], path: Path): void {
    for (const name of names) {
      const meaning = this.#fromEnv(name);
      this.fromOutside.add(`env.${name}`);
      if (meaning.is === "value") this.values[`env.${name}`] = meaning.text;
      else this.#addMissing(`env.${name}`, path, `needs the environment variable ${name}, which is not set`);
    }
  }

  #text(value: string, path: Path): { text: string; outside: boolean } {
    let outside = false;
    const { text, missing, tooLong } = interpolate(value, (name) => {
      const meaning = this.#meaningOf(name);
      outside ||= isOutside(name, meaning);
      return meaning;
    });
    if (tooLong) this.#add("bad-value", "is longer than 64 KiB with its variables", path);
    for (const name of missing) this.#addMissing(name, path);
    return { text, outside };
  }

  /** Looks up what a command names. Its text stays: the values go beside it, as data. */
  #command(run: string, path: Path): string {
    for (const { name, fallback } of expressionsInCommand(run)) {
      const meaning = this.#meaningOf(name);
      if (isOutside(name, meaning)) this.fromOutside.add(name);
      if (meaning.is === "value" && meaning.text !== "") this.values[name] = meaning.text;
      else if (meaning.is !== "later" && !fallback) this.#addMissing(name, path);
    }
    return run;
  }

  #meaningOf(name: string): Meaning {
    const { environment, section, target, commit } = this.#input;
    const { root, key } = partsOf(name);
    const at: Path = ["environments", environment];
    if (root === "environment") return { is: "value", text: environment, outside: false };
    if (root === "revision") return commit === null ? { is: "later" } : { is: "value", text: commit, outside: true };
    if (root === "env") return this.#fromEnv(key);
    if (root === "vars") return this.#fromManifest(ownValue(section.vars, key), [...at, "vars", key]);
    if (key === "name") return target === undefined ? { is: "missing" } : { is: "value", text: target, outside: false };
    const inTarget: Path = [...at, "targets", target ?? ""];
    const ownVar = ownValue(this.#targetVars, key);
    return ownVar === undefined
      ? this.#fromManifest(ownValue(this.#target, key), [...inTarget, key])
      : this.#fromManifest(ownVar, [...inTarget, "vars", key]);
  }

  #fromEnv(name: string): Meaning {
    const value = ownValue(this.#input.env, name);
    if (value === undefined || value === "") return { is: "missing" };
    this.secrets.add(value);
    this.variables.add(name);
    return { is: "value", text: value, outside: true };
  }

  /** A value of the manifest, with its own expressions resolved. */
  #fromManifest(value: unknown, path: Path): Meaning {
    if (value === undefined || value === null || typeof value === "object") return { is: "missing" };
    const id = path.join(".");
    const before = this.#resolved.get(id);
    if (before) return before;
    if (this.#underway.has(id) || this.#underway.size > mostDepth) {
      this.#add("bad-value", "needs itself, or names variables that name variables too deeply", path);
      return { is: "later" };
    }
    this.#underway.add(id);
    const meaning: Meaning = { is: "value", ...this.#text(String(value), path) };
    this.#underway.delete(id);
    this.#resolved.set(id, meaning);
    return meaning;
  }

  #addMissing(name: string, path: Path, message = `\${${name}} ${this.#whyMissing(name)}`): void {
    const { root } = partsOf(name);
    const level = this.#input.lenient && root === "env" ? "warning" : "block";
    this.#add("missing-variable", message, path, level);
  }

  #whyMissing(name: string): string {
    const { environment, section, target } = this.#input;
    const { root, key } = partsOf(name);
    if (root === "env") return "is not set";
    const known = root === "vars" ? section.vars : { name: target, ...this.#targetVars, ...this.#target };
    const others = Object.keys(known).filter((one) => one !== key);
    const where = root === "vars" || target === undefined ? `environment \`${environment}\`` : `target \`${target}\``;
    return `has no value in ${where}${hint(key, others)}`;
  }

  #add(code: Mistake["code"], message: string, path: Path, level: Level = "block"): void {
    this.mistakes.push({ code, level, message: `${dotted(path)}: ${message}`, path, part: "value" });
  }
}

/** Whether what an expression stands for is, or may be, another for each deployer or each commit. */
function isOutside(name: string, meaning: Meaning): boolean {
  return /^(env|revision)\./.test(name) || (meaning.is === "value" && meaning.outside);
}

/** `env.NAME` in two. */
function partsOf(name: string): { root: string; key: string } {
  const dot = name.indexOf(".");
  return dot < 0 ? { root: name, key: "" } : { root: name.slice(0, dot), key: name.slice(dot + 1) };
}
