import { isExpressionName, namesAnother } from "../model/command.ts";

/**
 * What an expression's name stands for. `later`: it is not known yet, and the expression stays as it is written. `outside`: the
 * manifest alone does not tell it.
 */
export type Meaning = { is: "value"; text: string; outside: boolean } | { is: "missing" } | { is: "later" };

/** A text after its expressions were resolved, and what stood in the way. */
export interface Interpolated {
  text: string;
  /** Names that have no value and no default. */
  missing: string[];
  /** Whether the text grew beyond what any manifest needs; it is then not complete. */
  tooLong: boolean;
}

const longest = 64 * 1024;

/** `${NAME}` or `${NAME:-default}`, or a `${` that nothing ends. */
const expression = /\$\{([^}]*)(\}|$)/g;

/**
 * Resolves the `${…}` of a text that is not a command; what means nothing stays (`unknownIn` tells). A value is taken as it is: a `${…}` inside it is not looked at again.
 *
 * @param meaningOf asked once per expression, with a name that is well-formed.
 */
export function interpolate(text: string, meaningOf: (name: string) => Meaning): Interpolated {
  const missing: string[] = [];
  let grown = 0;
  const resolved = text.replaceAll(expression, (whole, inner: string, end: string) => {
    const { name, fallback, sound } = parts(inner, end);
    if (!sound) return whole;
    const meaning = meaningOf(name);
    if (meaning.is === "later") return whole;
    const value = meaning.is === "value" && meaning.text !== "" ? meaning.text : fallback;
    if (value === "") missing.push(name);
    grown += value.length;
    return value === "" || grown > longest ? whole : value;
  });
  return { text: resolved, missing, tooLong: grown > longest };
}

/** What stands in a text's `${…}` and means nothing, or has a default that names another variable. */
export function unknownIn(text: string): string[] {
  return [...text.matchAll(expression)].flatMap(([, inner = "", end = ""]) => (parts(inner, end).sound ? [] : [inner]));
}

function parts(inner: string, end: string): { name: string; fallback: string; sound: boolean } {
  const [name = "", ...rest] = inner.split(":-");
  const fallback = rest.join(":-");
  return { name, fallback, sound: end !== "" && isExpressionName(name) && !namesAnother(fallback) };
}
