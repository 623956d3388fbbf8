import { coveredBy } from "../util/covered-by.ts";
import type { Listing, Span } from "./listing.ts";

/** The paths whose content is a component, relative to the manifest's directory. */
export interface SourcePaths {
  source: readonly string[];
  exclude: readonly string[];
  /**
   * What else shapes what is built of the files, such as the build command, as one text. It becomes part of the digest.
   * Undefined where nothing is built.
   */
  buildInputs?: string | undefined;
}

/** Whether a path belongs to a component: under one of `source`, and under none of `exclude`. */
export function isSource(path: string, { source, exclude }: SourcePaths): boolean {
  return source.some((pattern) => coveredBy(pattern, path)) && !exclude.some((pattern) => coveredBy(pattern, path));
}

/** A pattern without what says nothing: `./src/` is `src`, and `.` is the empty path, below which everything is. */
export function plainPath(pattern: string): string {
  const plain = pattern.replace(/^(\.\/)+/, "").replace(/\/+$/, "");
  return plain === "." ? "" : plain;
}

export function isGlob(pattern: string): boolean {
  return /[*?[{]/.test(pattern);
}

/**
 * What of a listing belongs to a component: runs of entries in order, none touching the next. The same as asking `isSource` of each
 * path, at the cost of a look-up for each folder that is named.
 *
 * @param known what patterns cover, by pattern: many components may share one
 */
export function spansOf(listing: Listing, { source, exclude }: SourcePaths, known: Map<string, Span[]>): Span[] {
  let own = joined(source.flatMap((pattern) => covered(listing, pattern, known)));
  for (const pattern of exclude) {
    const plain = plainPath(pattern);
    own = without(own, isGlob(plain) ? matching(listing, plain, own) : [listing.span(plain)]);
  }
  return own;
}

/** Whether spans hold all of another, or any of it. */
export function holds(spans: readonly Span[], { start, end }: Span): "all" | "some" | "none" {
  const touching = spans.filter((span) => span.start < end && span.end > start);
  if (touching.some((span) => span.start <= start && span.end >= end)) return "all";
  return touching.length === 0 ? "none" : "some";
}

function covered(listing: Listing, pattern: string, known: Map<string, Span[]>): Span[] {
  const plain = plainPath(pattern);
  const spans = known.get(plain) ?? (isGlob(plain) ? matching(listing, plain, [listing.all]) : [listing.span(plain)]);
  known.set(plain, spans);
  return spans;
}

/** Each entry that a pattern covers. Only those below the folders that it begins with are looked at. */
function matching(listing: Listing, pattern: string, within: readonly Span[]): Span[] {
  const below = listing.span(fixedFolder(pattern));
  const found: Span[] = [];
  for (const span of within) {
    const end = Math.min(span.end, below.end);
    for (let number = Math.max(span.start, below.start); number < end; number += 1)
      if (coveredBy(pattern, listing.entry(number).path)) found.push({ start: number, end: number + 1 });
  }
  return found;
}

/** The folders before the first part with a wildcard; none where parts of it could mean something else than they say. */
export function fixedFolder(pattern: string): string {
  const parts = pattern.split("/");
  const fixed = parts.slice(0, parts.findIndex(isGlob));
  return fixed.some((part) => /^\.{0,2}$|\\/.test(part)) ? "" : fixed.join("/");
}

function joined(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of spans.filter(({ start, end }) => start < end).sort((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last && span.start <= last.end) last.end = Math.max(last.end, span.end);
    else result.push({ ...span });
  }
  return result;
}

function without(spans: readonly Span[], taken: readonly Span[]): Span[] {
  const holes = joined(taken);
  const left: Span[] = [];
  let next = 0;
  for (const { start, end } of spans) {
    let from = start;
    while (next < holes.length && (holes[next]?.end ?? 0) <= from) next += 1;
    for (let at = next; (holes[at]?.start ?? end) < end; at += 1) {
      const hole = holes[at] ?? { start: end, end };
      if (hole.start > from) left.push({ start: from, end: hole.start });
      from = Math.max(from, hole.end);
    }
    if (from < end) left.push({ start: from, end });
  }
  return left;
}
