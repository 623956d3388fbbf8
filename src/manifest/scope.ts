import { expressionsInCommand } from "../model/command.ts";
import type { Level } from "../model/finding.ts";
import { hint } from "../util/nearest.ts";
import type { Path } from "./document.ts";
import { interpolate, type Meaning } from "./interpolate.ts";
import { dotted, type Mistake } from "./issues.ts";
import { commonTargetKeys, type Environment } from "./schema.ts";

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

/** Resolves texts, and gathers what could not be resolved and what was read from the environment's variables. */
export interface Scope {
  /** Resolves every text below a value, except commands (`run`), which stay as they are written. */
  resolve(value: unknown, path: Path): unknown;
  mistakes: Mistake[];
  /** What the commands that were met may name, by expression. */
  values: Record<string, string>;
  /** The values of env variables that were used. */
  secrets: Set<string>;
}

/** Opens a scope. Every variable is resolved when it is first named; one that needs itself is a mistake. */
export function openScope({ environment, section, target, env, commit, lenient }: ScopeInput): Scope {
  const scope: Scope = { resolve, mistakes: [], values: {}, secrets: new Set() };
  const targetSection = target === undefined ? undefined : section.targets[target];
  const underway = new Set<string>();
  const known = new Map<string, Meaning>();

  function resolve(value: unknown, path: Path): unknown {
    if (typeof value === "string") return path.at(-1) === "run" ? command(value, path) : text(value, path);
    if (Array.isArray(value)) return value.map((item, index) => resolve(item, [...path, index]));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner, [...path, key])]));
  }

  function text(value: string, path: Path): string {
    const { text, missing, tooLong } = interpolate(value, meaningOf);
    if (tooLong) add("bad-value", "is longer than 64 KiB with its variables", path);
    for (const name of missing) addMissing(name, path);
    return text;
  }

  function command(run: string, path: Path): string {
    for (const { name, fallback } of expressionsInCommand(run)) {
      const meaning = meaningOf(name);
      if (meaning.is === "value" && meaning.text !== "") scope.values[name] = meaning.text;
      else if (meaning.is !== "later" && !fallback) addMissing(name, path);
    }
    return run;
  }

  function meaningOf(name: string): Meaning {
    const [root = "", key = ""] = split(name);
    if (name === "environment") return { is: "value", text: environment };
    if (root === "revision") return commit === null ? { is: "later" } : { is: "value", text: commit };
    if (root === "env") return fromEnv(env[key]);
    const [value, path] = root === "vars" ? fromVars(key) : fromTarget(key);
    if (value === undefined || value === null || typeof value === "object") return { is: "missing" };
    return resolvedOnce(typeof value === "string" ? value : String(value), path);
  }

  function resolvedOnce(value: string, path: Path): Meaning {
    const id = path.join(".");
    const before = known.get(id);
    if (before) return before;
    if (underway.has(id) || underway.size > mostDepth) {
      add(
        "bad-value",
        underway.has(id) ? "needs its own value" : "names variables that name variables, too deeply",
        path,
      );
      return { is: "later" };
    }
    underway.add(id);
    const meaning: Meaning = { is: "value", text: text(value, path) };
    underway.delete(id);
    known.set(id, meaning);
    return meaning;
  }

  function fromEnv(value: string | undefined): Meaning {
    if (value === undefined || value === "") return { is: "missing" };
    scope.secrets.add(value);
    return { is: "value", text: value };
  }

  function fromVars(key: string): [unknown, Path] {
    return [own(section.vars, key), ["environments", environment, "vars", key]];
  }

  function fromTarget(key: string): [unknown, Path] {
    const at: Path = ["environments", environment, "targets", target ?? ""];
    if (key === "name") return [target, at];
    const named = own(targetSection?.vars ?? {}, key);
    return named === undefined
      ? [commonTargetKeys.includes(key) ? undefined : own(targetSection ?? {}, key), [...at, key]]
      : [named, [...at, "vars", key]];
  }

  function addMissing(name: string, path: Path): void {
    const [root, key] = split(name);
    const level = lenient && root === "env" ? "warning" : "block";
    add("missing-variable", `\${${name}} ${whyMissing(root, key)}`, path, level);
  }

  function whyMissing(root: string, key: string): string {
    if (root === "env") return "is not set";
    const fromVariables = root === "vars";
    const known = fromVariables ? section.vars : { name: "", ...targetSection?.vars, ...targetSection };
    const others = Object.keys(known).filter(
      (one) => one !== key && (fromVariables || !commonTargetKeys.includes(one)),
    );
    const where = fromVariables || target === undefined ? `environment \`${environment}\`` : `target \`${target}\``;
    return `has no value in ${where}${hint(key, others)}`;
  }

  function add(code: Mistake["code"], message: string, path: Path, level: Level = "block"): void {
    scope.mistakes.push({ code, level, message: `${dotted(path)}: ${message}`, path, part: "value" });
  }

  return scope;
}

/** How many variables may be resolved for the sake of one another. */
const mostDepth = 20;

/** `env.NAME` in two. */
function split(name: string): [string, string] {
  const dot = name.indexOf(".");
  return dot < 0 ? [name, ""] : [name.slice(0, dot), name.slice(dot + 1)];
}

function own(section: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(section, key) ? section[key] : undefined;
}
