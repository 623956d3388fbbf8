import { anyText, type Glob, type Glyph, globOf, type Relation, relate } from "./glob.ts";
import type { Truth } from "./truth.ts";

const segments = 6;

/**
 * Whether a pattern of `Resource` takes a resource. The resource may have wildcards itself: it then stands for all that
 * fit, and a pattern that takes only a part of them gives a doubt. `*` alone is what actions without a resource are asked
 * for, and only a pattern that takes everything takes that.
 *
 * The user guide ("Resource") says that wildcards belong into a segment of an ARN, and that one at a segment's end may
 * reach over the colon. Where the two readings differ, there is a doubt.
 */
export function takesResource(pattern: Glob, resource: string): Truth {
  if (pattern.length > 0 && pattern.every((glyph) => glyph === anyText)) return "yes";
  if (resource === "*") return "no";
  const subject = globOf(resource);
  const whole = relate(pattern, subject);
  const parts = splitArn(pattern);
  // Segment by segment, a whole ARN takes no more than it takes as a text.
  if (whole === "none" && parts.length === segments) return "no";
  if (relate(parts[0] ?? [], Array.from("arn")) === "none" || parts.length === 1)
    return { doubt: "the pattern is no ARN" };
  // An ARN that ends early is completed with wildcards.
  const strict =
    parts.length < segments && pattern.at(-1) === anyText
      ? whole
      : bySegment([...parts, ...Array(segments - parts.length).fill([anyText])], splitArn(subject));
  if (strict !== whole && parts.length === segments)
    return { doubt: "a wildcard would have to reach over a colon of the ARN" };
  if (strict === "some") return { doubt: `it takes a part of ${resource} only` };
  return strict === "all" ? "yes" : "no";
}

/** Whether an ARN fits a pattern: each of the six parts by itself, as ArnLike and ArnEquals compare. */
export function arnLike(pattern: Glob, arn: string): boolean {
  const [wanted, given] = [splitArn(pattern), splitArn(Array.from(arn))];
  return wanted.length === segments && given.length === segments && bySegment(wanted, given) === "all";
}

function bySegment(pattern: readonly Glob[], subject: readonly Glob[]): Relation {
  const found = pattern.map((part, index) => relate(part, subject[index] ?? []));
  if (subject.length < segments || found.includes("none")) return "none";
  return found.includes("some") ? "some" : "all";
}

/** At most six parts: the last keeps its colons. */
function splitArn(text: Glob): Glyph[][] {
  const parts: Glyph[][] = [[]];
  for (const glyph of text) {
    if (glyph === ":" && parts.length < segments) parts.push([]);
    else parts.at(-1)?.push(glyph);
  }
  return parts;
}
