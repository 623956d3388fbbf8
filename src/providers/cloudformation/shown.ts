import { readTemplate, sameTemplate, type Template } from "./template.ts";

/**
 * A text as CloudFormation gives it back: it keeps characters outside ASCII and shows a `?` for each of them.
 * https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/814 and 1220
 */
export function asShown(text: string): string {
  return text.replace(/[\u{80}-\u{10ffff}]/gu, "?");
}

/** Whether a text that CloudFormation gave back says less than the one that was sent: the sent one may be it, or another. */
export function isShownOf(live: string, text: string): boolean {
  return live !== text && live === asShown(text);
}

/**
 * How a stack's template compares with a text. `shown`: it is the same as far as CloudFormation shows it; whether the
 * characters that it shows as `?` are the same cannot be read.
 */
export function likeness(live: string, text: string): "same" | "shown" | "other" {
  if (sameTemplate(live, text)) return "same";
  return isAscii(live) && sameTemplate(live, asShown(text)) ? "shown" : "other";
}

/** The template to compare a stack's with, resource by resource: what CloudFormation would show of it. */
export function comparable(live: string | null, text: string, template: Template): Template {
  if (live === null || !isAscii(live)) return template;
  const shown = readTemplate(asShown(text));
  return typeof shown === "string" ? template : shown;
}

/** JSON that CloudFormation gives back as it was sent: characters outside ASCII are escaped in it. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value, null, 1).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function isAscii(text: string): boolean {
  return asShown(text) === text;
}
