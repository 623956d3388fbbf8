import type { z } from "zod";
import type { Path } from "./document.ts";
import { valueAt } from "./issues.ts";

/** Whether a text is one expression and nothing else: it may then stand for a number or a truth value. */
export function isLoneExpression(value: unknown): boolean {
  return typeof value === "string" && /^\$\{[^}]+\}$/.test(value);
}

/** Whether an issue says that a text stands where a number or a truth value is due. */
export function wantsNumber(issue: z.core.$ZodIssue): boolean {
  return issue.code === "invalid_type" && ["number", "int", "boolean"].includes(issue.expected);
}

/**
 * Reads resolved texts as the numbers or truth values that the schema wants, where one expression stood in the manifest:
 * variables are texts, and `port: ${env.PORT}` is meant as a number.
 */
export function readNumbers(schema: z.ZodType, resolved: unknown, written: unknown): unknown {
  const value = structuredClone(resolved);
  for (const issue of schema.safeParse(value).error?.issues ?? []) {
    const path = issue.path as Path;
    const text = valueAt(value, path);
    if (!wantsNumber(issue) || typeof text !== "string" || !isLoneExpression(valueAt(written, path))) continue;
    const holder = valueAt(value, path.slice(0, -1)) as Record<string | number, unknown>;
    if (text === "true" || text === "false") holder[path.at(-1) ?? ""] = text === "true";
    else if (/^-?\d{1,15}$/.test(text)) holder[path.at(-1) ?? ""] = Number(text);
  }
  return value;
}
