import { type Glob, type Glyph, globOf, literal } from "./glob.ts";
import type { RequestContext, Statement } from "./policy.ts";
import type { Doubt } from "./truth.ts";

/** The values that a request has under a key: none when it is known to have none, null when that is not known. */
export function valuesOf(context: RequestContext, key: string): readonly string[] | null {
  const wanted = key.toLowerCase();
  const found = Object.entries(context.values).find(([name]) => name.toLowerCase() === wanted);
  return found?.[1] ?? (context.complete ? [] : null);
}

/**
 * A pattern with its variables filled in ("Variables and tags" in the user guide): `${*}`, `${?}` and `${$}` are those
 * characters, and any other name is the request's own value, taken literally. One whose value is not known is a doubt: it
 * is never taken for a match.
 *
 * @param wildcards whether `*` and `?` are wildcards; otherwise they are characters
 */
export function fillIn(
  pattern: string,
  { variables }: Pick<Statement, "variables">,
  context: RequestContext,
  wildcards: boolean,
): Glob | Doubt {
  const read = wildcards ? globOf : literal;
  if (!variables || !pattern.includes("${")) return read(pattern);
  const glyphs: Glyph[] = [];
  for (const part of pattern.split(/(\$\{[^}]*\})/)) {
    const name = /^\$\{([^}]*)\}$/.exec(part)?.[1]?.trim();
    const value = name === undefined ? null : fillerOf(name, context);
    if (value === undefined) return { doubt: `the value of ${part} is not known` };
    glyphs.push(...(value === null ? read(part) : literal(value)));
  }
  return glyphs;
}

/** Undefined where it is not known. One with a default (`${key, 'text'}`) is no key, and never known. */
function fillerOf(name: string, context: RequestContext): string | undefined {
  if (name === "*" || name === "?" || name === "$") return name;
  const values = valuesOf(context, name);
  return values?.length === 1 ? values[0] : undefined;
}
