import { posix } from "node:path";
import { anything, folders, sequence, star } from "./automaton.ts";

/** What a `.dockerignore` keeps out of a build. */
export interface Ignore {
  /**
   * The line that keeps a path of the context out, null when it is sent.
   *
   * @param path relative to the context, with slashes, without one at its ends.
   */
  keptOutBy(path: string): IgnoreLine | null;
  /** Lines that the builder refuses: with one of them it builds nothing. */
  readonly mistakes: readonly { line: number; message: string }[];
}

/** A line of the file: 1-based, and its pattern as written. */
export interface IgnoreLine {
  line: number;
  text: string;
}

/**
 * Reads a `.dockerignore` as BuildKit does (moby/patternmatcher): the last line that matches a path, or a folder above it,
 * decides, and `!` takes a path back even from below a folder that is kept out. Patterns are those of Go's filepath.Match,
 * with `**` for any number of folders; upper and lower case differ.
 */
export function readIgnore(text: string): Ignore {
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  const patterns: Pattern[] = [];
  const mistakes: { line: number; message: string }[] = [];
  for (const [index, written] of lines.entries()) {
    const line = index + 1;
    try {
      const pattern = readPattern(written, line);
      if (pattern) patterns.push(pattern);
    } catch (error) {
      mistakes.push({ line, message: error instanceof Error ? error.message : String(error) });
    }
  }
  return { keptOutBy: (path) => lastMatch(patterns, path), mistakes };
}

interface Pattern extends IgnoreLine {
  /** It takes back what an earlier line kept out. */
  takesBack: boolean;
  matches: (path: string) => boolean;
}

function readPattern(written: string, line: number): Pattern | null {
  if (written.startsWith("#")) return null;
  const text = trim(written);
  if (text === "") return null;
  const takesBack = text.startsWith("!");
  const path = takesBack ? trim(text.slice(1)) : text;
  const pattern = clean(path);
  if (takesBack && (path === "" || pattern === "/")) throw new Error("a ! stands alone");
  checkSyntax(pattern);
  return { line, text, takesBack, matches: matcher(pattern) };
}

function lastMatch(patterns: readonly Pattern[], path: string): IgnoreLine | null {
  const folders = path.split("/").map((_, index, parts) => parts.slice(0, index + 1).join("/"));
  let by: Pattern | null = null;
  for (const pattern of patterns) {
    // A line that would change nothing is not looked at.
    if (pattern.takesBack !== (by !== null)) continue;
    if (folders.some((folder) => pattern.matches(folder))) by = pattern.takesBack ? null : pattern;
  }
  return by;
}

/** Go's strings.TrimSpace. */
function trim(text: string): string {
  return text
    .replace(/^[\t-\r \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]+/, "")
    .replace(/[\t-\r \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]+$/, "");
}

/** Go's filepath.Clean, and the context for the root. */
function clean(path: string): string {
  const cleaned = posix.normalize(path).replace(/(.)\/$/, "$1");
  return cleaned.length > 1 ? cleaned.replace(/^\//, "") : cleaned;
}

/** What Go's filepath.Match takes for a bad pattern: an open or empty class, half a range, a last backslash. */
function checkSyntax(pattern: string): void {
  if (!/^(?:[^\\[]|\\.|\[(?:\^|(?!\^))(?:(?:[^\]\\-]|\\.)(?:-(?:[^\]\\-]|\\.))?)+\])*$/su.test(pattern))
    throw new Error(`${JSON.stringify(pattern)} is no pattern`);
}

function matcher(pattern: string): (path: string) => boolean {
  const characters = [...pattern];
  const parts: string[] = [];
  let special = false;
  let suffix = false;
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    if (character === "*" && characters[at + 1] === "*") {
      const first = at === 0;
      at += characters[at + 2] === "/" ? 2 : 1;
      const last = at === characters.length - 1;
      // At the beginning `**` stands for any text before what follows, not only for whole folders.
      if (first && !last) suffix = true;
      else special = true;
      parts.push(last ? anything : folders);
    } else if (character === "*" || character === "?") {
      parts.push(character === "*" ? star : "[^/]");
      special = true;
    } else if (character === "\\") {
      at += 1;
      parts.push(escaped(characters[at] ?? "\\"));
      special = true;
    } else if (character === "[") {
      const end = classEnd(characters, at);
      parts.push(classOf(characters.slice(at + 1, end)));
      at = end;
      special = true;
    } else parts.push(quoted(character));
  }
  if (suffix && !special) {
    const end = pattern.slice(2);
    return (path) => path.endsWith(end) || (end.startsWith("/") && path === end.slice(1));
  }
  return sequence(parts);
}

function classEnd(characters: readonly string[], start: number): number {
  let at = start + 1;
  while (characters[at] !== "]") at += characters[at] === "\\" ? 2 : 1;
  return at;
}

/** A class of the pattern as one of a regular expression. It may hold a slash, as the builder's does. */
function classOf(inside: readonly string[]): string {
  let text = "";
  for (let at = 0; at < inside.length; at++) {
    const character = inside[at] ?? "";
    if (at === 0 && character === "^") text += "^";
    else if (character === "-") text += "-";
    else if (character === "\\") text += single(escaped(inside[++at] ?? ""));
    else text += quoted(character);
  }
  return `[${text}]`;
}

/** One character of a class; a class within it, or a place between characters, is too odd to be meant. */
function single(expression: string): string {
  if (/^(?:\[|\^|\$|\\[bB]$)/.test(expression)) throw new Error("it holds a class within a class");
  return expression;
}

/**
 * The builder hands an escaped letter on to its regular expressions (Go's regexp/syntax), where it is no longer itself.
 * What they do not read fails the build; so does, here, what is too odd to be meant.
 */
function escaped(character: string): string {
  if (!/[A-Za-z0-9]/.test(character)) return quoted(character);
  const meaning = escapes[character];
  if (meaning === undefined) throw new Error(`\\${character} is no escape that the builder reads`);
  return meaning;
}

const escapes: Readonly<Record<string, string>> = {
  ...{ a: "\\x07", f: "\\f", n: "\\n", r: "\\r", t: "\\t", v: "\\v" },
  ...{ d: "[0-9]", D: "[^0-9]", w: "[0-9A-Za-z_]", W: "[^0-9A-Za-z_]", s: "[\\t\\n\\f\\r ]", S: "[^\\t\\n\\f\\r ]" },
  ...{ b: "\\b", B: "\\B", A: "^", z: "$" },
};

function quoted(character: string): string {
  return /[\\^$.*+?()[\]{}|/-]/.test(character) ? `\\${character}` : character;
}
