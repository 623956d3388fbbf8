/** A text with wildcards, cut into what each place stands for: a character, any one character, or any characters. */
export type Glob = readonly Glyph[];
export type Glyph = string | typeof anyOne | typeof anyText;

export const anyOne = Symbol("?");
export const anyText = Symbol("*");

/** How much of what `subject` may be lies in `pattern`. Where the subject has no wildcards it is all or none. */
export type Relation = "all" | "some" | "none";

/** Reads `*` and `?` as wildcards. */
export function globOf(text: string): Glob {
  const found = known.get(text);
  if (found) return found;
  const glob = Array.from(text, (character) => (character === "*" ? anyText : character === "?" ? anyOne : character));
  if (known.size >= mostKnown) known.clear();
  known.set(text, glob);
  return glob;
}

/** The few patterns and resources of a policy are compared with each other many times over. */
const known = new Map<string, Glob>();
const mostKnown = 2000;

/** Takes every character as it is. */
export function literal(text: string): Glob {
  return Array.from(text);
}

/**
 * Compares two globs. `all` is never said wrongly; a pattern that takes everything only by several wildcards together may
 * be told as `some`.
 */
export function relate(pattern: Glob, subject: Glob): Relation {
  // Most patterns differ from most subjects soon: what both begin with needs no more than one look.
  const same = sharedStart(pattern, subject);
  const [wanted, given] = [pattern[same], subject[same]];
  if (wanted === undefined && given === undefined) return "all";
  if (!isWildcard(wanted) && !isWildcard(given)) return "none";
  const [rest, asked] = [pattern.slice(same), subject.slice(same)];
  if (reaches(rest, asked, false)) return "all";
  return asked.some(isWildcard) && reaches(rest, asked, true) ? "some" : "none";
}

function sharedStart(pattern: Glob, subject: Glob): number {
  let same = 0;
  while (same < pattern.length && typeof pattern[same] === "string" && pattern[same] === subject[same]) same += 1;
  return same;
}

export function isWildcard(glyph: unknown): boolean {
  return typeof glyph === "symbol";
}

/**
 * Walks both to their ends side by side; time and memory grow with the product of their lengths, never faster. Strictly, a
 * wildcard of the subject is a sign that only one of the pattern's can take. Loosely, it may stand for what the pattern has.
 */
function reaches(pattern: Glob, subject: Glob, loose: boolean): boolean {
  const width = subject.length + 1;
  let here = new Uint8Array(width);
  here[0] = 1;
  for (let row = 0; row <= pattern.length; row += 1) {
    const next = new Uint8Array(width);
    const wanted = pattern[row];
    for (let column = 0; column < width; column += 1) {
      if (here[column] !== 1) continue;
      const given = subject[column];
      const skips = loose && given === anyText;
      if (wanted === anyText || (skips && wanted !== undefined)) next[column] = 1;
      if ((wanted === anyText || skips) && given !== undefined) here[column + 1] = 1;
      if (takes(wanted, given, loose)) next[column + 1] = 1;
    }
    if (row === pattern.length) return here[subject.length] === 1;
    here = next;
  }
  return false;
}

/** Whether one place of the pattern takes one place of the subject. */
function takes(wanted: Glyph | undefined, given: Glyph | undefined, loose: boolean): boolean {
  if (wanted === undefined || given === undefined || wanted === anyText || given === anyText) return false;
  return wanted === anyOne || wanted === given || (loose && given === anyOne);
}
