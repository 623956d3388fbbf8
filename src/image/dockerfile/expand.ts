/** The value of a variable: a text, null when it hangs on something that is not known, undefined when it is not set. */
export type Lookup = (name: string) => string | null | undefined;

/** What a word comes to. `unknown`: variables without a value that could be known; the text is then no fact. */
export interface Expanded {
  text: string;
  unknown: readonly string[];
  mistake: string | null;
}

/**
 * Expands the variables of a word as BuildKit's own small shell does (frontend/dockerfile/shell): `$V`, `${V}`, `:-` `-`
 * `:+` `+` `:?` `?`, `#` `##` `%` `%%` and `/` `//` with patterns, single and double quotes, the escape character. It is no
 * real shell: there are no commands, and a variable that is not set is empty.
 */
export function expandWord(word: string, escaping: string, lookup: Lookup): Expanded {
  const unknown = new Set<string>();
  const reader = { text: word, at: 0, depth: 0, escaping, lookup, unknown };
  try {
    const text = readUntil(reader, null);
    return { text, unknown: [...unknown], mistake: null };
  } catch (error) {
    if (error instanceof BadWord) return { text: "", unknown: [...unknown], mistake: error.message };
    throw error;
  }
}

interface Reader {
  text: string;
  at: number;
  /** Of words in modifiers. */
  depth: number;
  escaping: string;
  lookup: Lookup;
  unknown: Set<string>;
}

class BadWord extends Error {}

const deepest = 100;
/** Characters of a value. No process could be given more in its environment; a value that holds itself twice soon has them. */
const longest = 1 << 20;
/** `*` in a pattern that is not tried: the ways to lay it on a value are too many. */
const mostWildcards = 3;

/** Reads up to an end outside of quotes, or to the end of the word. */
function readUntil(reader: Reader, end: string | null): string {
  let result = "";
  for (;;) {
    const character = reader.text[reader.at];
    if (character === undefined) {
      if (end !== null) throw new BadWord(`${end} is missing`);
      if (result.length > longest) throw new BadWord("the value is too long");
      return result;
    }
    reader.at += 1;
    if (character === end) return result;
    if (character === "'") result += singleQuoted(reader);
    else if (character === '"') result += doubleQuoted(reader);
    else if (character === "$") result += variable(reader);
    else if (character !== reader.escaping) result += character;
    // An escape at the very end is itself.
    else result += reader.at < reader.text.length ? reader.text[reader.at++] : character;
  }
}

function singleQuoted(reader: Reader): string {
  const end = reader.text.indexOf("'", reader.at);
  if (end < 0) throw new BadWord("a ' is not closed");
  const inside = reader.text.slice(reader.at, end);
  reader.at = end + 1;
  return inside;
}

/** In double quotes the escape stays, unless it stands before ", $ or itself. */
function doubleQuoted(reader: Reader): string {
  let result = "";
  for (;;) {
    const character = reader.text[reader.at++];
    if (character === undefined) throw new BadWord('a " is not closed');
    if (character === '"') return result;
    if (character === "$") result += variable(reader);
    else if (character === reader.escaping) {
      const next = reader.text[reader.at++] ?? "";
      result += next === '"' || next === "$" || next === reader.escaping ? next : character + next;
    } else result += character;
  }
}

function variable(reader: Reader): string {
  if (reader.text[reader.at] !== "{") {
    const name = nameAt(reader);
    // A dollar that names nothing is a dollar.
    return name === "" ? "$" : plainValue(reader, name);
  }
  reader.at += 1;
  const name = nameAt(reader);
  if (name === "") throw new BadWord("${ names no variable");
  const [modifier = ""] = /^(?:\}|:[-+?]|[-+?]|##?|%%?|\/\/?)/.exec(reader.text.slice(reader.at)) ?? [];
  if (modifier === "") throw new BadWord(`\${${name} is not closed, or has a modifier that there is not`);
  reader.at += modifier.length;
  return modifier === "}" ? plainValue(reader, name) : modified(reader, name, modifier);
}

function nameAt(reader: Reader): string {
  const [name = ""] = /^(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#])/.exec(reader.text.slice(reader.at)) ?? [];
  reader.at += name.length;
  return name;
}

function plainValue({ lookup, unknown }: Reader, name: string): string {
  const value = lookup(name);
  if (value === null) unknown.add(name);
  return value ?? "";
}

function modified(reader: Reader, name: string, modifier: string): string {
  reader.depth += 1;
  if (reader.depth > deepest) throw new BadWord("braces are nested too deep");
  const value = withModifier(reader, name, modifier);
  reader.depth -= 1;
  return value;
}

function withModifier(reader: Reader, name: string, modifier: string): string {
  const given = reader.lookup(name);
  if (modifier === "/" || modifier === "//") {
    const pattern = readUntil(reader, "/");
    const replacement = readUntil(reader, "}");
    const value = plainValue(reader, name);
    if (isTooWild(pattern)) return untold(reader, name);
    return value.replace(new RegExp(glob(pattern, true), modifier === "//" ? "gsu" : "su"), () => replacement);
  }
  // Only the word that is taken counts: what the other one hangs on does not matter.
  const before = new Set(reader.unknown);
  const word = readUntil(reader, "}");
  const forget = () => {
    for (const each of reader.unknown) if (!before.has(each)) reader.unknown.delete(each);
  };
  if (/[#%]/.test(modifier) && isTooWild(word)) return untold(reader, name);
  if (/[#%]/.test(modifier)) return trimmed(plainValue(reader, name), modifier, word);
  if (given === null) {
    reader.unknown.add(name);
    return "";
  }
  const set = given !== undefined && (given !== "" || !modifier.startsWith(":"));
  if (modifier.endsWith("?") && !set) throw new BadWord(`${name}: ${word || "is not set"}`);
  const takesWord = modifier.endsWith("+") ? set : !set;
  if (takesWord && !modifier.endsWith("?")) return word;
  forget();
  return modifier.endsWith("+") ? "" : (given ?? "");
}

function isTooWild(pattern: string): boolean {
  return pattern.split("*").length - 1 > mostWildcards;
}

/** A value that is not worked out. */
function untold({ unknown }: Reader, name: string): string {
  unknown.add(name);
  return "";
}

/** `#` and `%` take the shortest match from the front and the end, `##` and `%%` the longest. */
function trimmed(value: string, modifier: string, pattern: string): string {
  const source = glob(pattern, modifier.length === 2);
  if (modifier.startsWith("#")) return value.replace(new RegExp(`^(?:${source})`, "su"), "");
  const matches = new RegExp(`^(?:${source})$`, "su");
  const lengths = Array.from({ length: value.length + 1 }, (_, length) => length);
  const length = (modifier === "%%" ? lengths.reverse() : lengths).find((each) =>
    matches.test(value.slice(value.length - each)),
  );
  return length === undefined ? value : value.slice(0, value.length - length);
}

/** A shell pattern as a regular expression: `*` and `?`, nothing else. */
function glob(pattern: string, greedy: boolean): string {
  return [...pattern]
    .map((character) => {
      if (character === "*") return greedy ? ".*" : ".*?";
      return character === "?" ? "." : character.replace(/[\\^$.+()[\]{}|/]/, "\\$&");
    })
    .join("");
}
