import { expressionsInCommand, isExpressionName, namesAnother } from "../model/command.ts";
import type { Path } from "./document.ts";
import { unknownIn } from "./interpolate.ts";
import { dotted, type Mistake, shown } from "./issues.ts";
import { isCommand, ownValue } from "./written.ts";

/** What is wrong with the manifest's `${…}` whatever their values are: names that mean nothing, and quotes that hide them. */
export function expressionMistakes(value: unknown, path: Path = []): Mistake[] {
  if (typeof value === "string") return isCommand(path) ? inCommand(value, path) : inText(value, path);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    expressionMistakes(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

/** Env variables that are named, not set, and have no default. Unlike other variables, they can be told without resolving anything. */
export function unsetMistakes(
  value: unknown,
  env: Readonly<Record<string, string | undefined>>,
  path: Path,
): Mistake[] {
  if (typeof value === "string") {
    const unset = expressionsInCommand(value).filter(
      ({ name, fallback }) => name.startsWith("env.") && !ownValue(env, name.slice("env.".length)) && !fallback,
    );
    return [...new Set(unset.map(({ name }) => name))].map((name) => ({
      code: "missing-variable",
      message: `${dotted(path)}: \${${name}} is not set`,
      path,
      part: "value",
    }));
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    unsetMistakes(inner, env, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

const roots = "env.NAME, environment, vars.NAME, target.NAME, revision.commit";

function inText(text: string, path: Path): Mistake[] {
  return unknownIn(text).map((inner) => {
    const [name = "", ...rest] = inner.split(":-");
    return isExpressionName(name) && namesAnother(rest.join(":-")) ? nested(name, path) : unknown(inner, path);
  });
}

function inCommand(run: string, path: Path): Mistake[] {
  const found = expressionsInCommand(run);
  const quoted = found.filter(({ quote }) => quote === "single");
  // A shell has no variables with dots, so these can only be misspelt expressions.
  const dotNames = [...run.matchAll(/\$\{([A-Za-z_]\w*\.[^}:]*)/g)].map(([, name = ""]) => name);
  return [
    ...quoted.map(
      ({ name }): Mistake => ({
        code: "variable-in-quotes",
        message: `${dotted(path)}: \${${name}} stands in single quotes, where a shell does not read it`,
        path,
        part: "value",
      }),
    ),
    ...found.filter(({ fallback }) => namesAnother(fallback ?? "")).map(({ name }) => nested(name, path)),
    ...dotNames.filter((name) => !isExpressionName(name)).map((name) => unknown(name, path)),
  ];
}

function nested(name: string, path: Path): Mistake {
  const message = `${dotted(path)}: \${${name}:-…}: a default cannot name another variable`;
  return { code: "unknown-variable", message, path, part: "value" };
}

function unknown(inner: string, path: Path): Mistake {
  const message = `${dotted(path)}: \${${shown(inner)}} means nothing here; known: ${roots}`;
  return { code: "unknown-variable", message, path, part: "value" };
}
