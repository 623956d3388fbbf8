import { posix } from "node:path";
import { Nest, type ShellLookup, type ShellRuns } from "./shell-nest.ts";

export type { ShellLookup, ShellRuns } from "./shell-nest.ts";

/** One simple command of a shell text, as far as it can be known without a shell. */
export interface ShellCommand {
  /** Null for a word that hangs on a variable without a known value, or on another command. */
  words: readonly (string | null)[];
  /** `NAME=value` before the command, or what `export` and its like are given. */
  assignments: readonly { name: string; value: string | null }[];
  /** Files that its output goes to. */
  outputs: readonly (string | null)[];
  /** Names of here-documents that it reads. */
  inputs: readonly string[];
  /** Whether it runs in any case: false in a condition, a loop, a pipe, a subshell, or after `||`. */
  sure: boolean;
  /** The same, where a pipe and a subshell are none of a doubt, nor a condition that is decided by what the script is given. */
  runs: ShellRuns;
  /** Names of the variables that its words hang on and that have no known value. */
  unknown: readonly string[];
}

/**
 * Takes a shell text apart into its simple commands, in the order in which they are written (POSIX, "Shell Command
 * Language"). It is no shell: conditions are not decided, and what is computed is not known. Variables are looked up as the
 * commands are taken, so that one may set what the next one reads. Never throws.
 */
export function* shellCommands(text: string, lookup: ShellLookup): Generator<ShellCommand, void> {
  const nest = new Nest(lookup);
  const whole = text.replace(/\\\r?\n/g, "");
  const reader: Reader = { text: whole, at: 0, lookup, unknown: new Set(), pending: [], lines: null, nest };
  let maybe = false;
  let tested = false;
  let draft = newDraft();
  const end = (operator: string): ShellCommand[] => {
    const command = finish(draft, reader.unknown);
    const piped = operator === "|" || operator === "&";
    const isTest = command !== null && tests.has(command.words[0] ?? "");
    const runs: ShellRuns = isHandled(operator, reader) ? "handled" : nest.taken && !tested ? "surely" : "perhaps";
    const ended = command && !draft.head ? [{ ...command, sure: nest.sure && !maybe && !piped, runs }] : [];
    tested =
      operator === "||" || ((operator === "&&" || operator === "|") && (tested || (operator === "&&" && isTest)));
    if (operator === "||" || operator === "|") maybe = true;
    else if (operator !== "&&") maybe = false;
    draft = newDraft();
    reader.unknown.clear();
    return ended;
  };
  while (reader.at < reader.text.length) {
    if (nest.expects === "pattern") {
      readPatterns(reader);
      draft = newDraft();
      continue;
    }
    const rest = reader.text.slice(reader.at, reader.at + 3);
    const [blank] = /^[ \t\r]+/.exec(rest) ?? [];
    const [operator] = /^(?:&&|\|\||;;|\|&|[;&|\n()])/.exec(rest) ?? [];
    if (blank !== undefined) reader.at += blank.length;
    else if (rest.startsWith("#") && isWordStart(reader)) skipComment(reader);
    else if (/^(?:&>|\d?>>?[&|]?|\d?<<?<?-?)/.test(rest) && !/^[;&|\n()]/.test(rest.replace(/^&>/, "")))
      redirect(reader, draft);
    else if (operator === "(" && draft.words.length === 1 && rest.startsWith("()")) {
      reader.at += 2;
      nest.define();
      draft = newDraft();
    } else if (operator !== undefined) {
      reader.at += operator.length;
      // What stands before the `)` of a case is a pattern.
      if (operator === ")" && nest.isIn("case")) draft = newDraft();
      yield* end(operator);
      if (operator === "\n") skipHeredocs(reader);
      if (operator === "(") nest.open(operator, reader.at);
      if (operator === ")" && nest.isIn("(")) nest.close();
      if (operator === ";;") nest.expectPattern();
    } else {
      const start = reader.at;
      const { value, plain, before } = readWord(reader);
      const word = plain && draft.words.length === 0 && draft.assignments.length === 0 ? value : null;
      if (nest.expects === "subject") nest.compare(reader.text.slice(start, reader.at));
      else if (nest.expects === "in") nest.expectPattern();
      else {
        if (word !== null && heads.has(word)) draft.head = true;
        if (word !== null && opening.has(word)) nest.open(word, reader.at);
        else if (word !== null && closing.has(word)) nest.close();
        else if (word !== null && between.has(word)) nest.between(word, reader.text, start, reader.at);
        else addWord(draft, value, before);
      }
    }
  }
  yield* end("\n");
}

/** Commands that only ask something: what follows them behind `&&` hangs on the answer. */
const tests = new Set<string>(["[", "[[", "test", "command", "which", "grep"]);

/** Whether the shell goes on when a command fails that ends with this operator. */
function isHandled(operator: string, { text, at }: Reader): boolean {
  if (operator !== "||" && operator !== "&&") return false;
  const rest = text.slice(at, at + 300);
  const after = operator === "||" ? rest : laterOr.exec(rest)?.[1];
  return after !== undefined && !ends.test(after);
}

const laterOr = /^(?:[^\n;|'"]|"[^"\n]*"|'[^'\n]*'|\|(?!\|))*\|\|(.*)$/s;
const ends = /^\s*(?:exit|return|false|exec|kill|die|fail|fatal|error|abort)\b|^\s*\{[^}]*\b(?:exit|return|kill)\b/;

/** Reads the patterns of a branch, up to their `)`; or the end of the case. */
function readPatterns(reader: Reader): void {
  const patterns: (string | null)[] = [];
  while (reader.at < reader.text.length) {
    const character = reader.text[reader.at] ?? "";
    if (character === "#" && isWordStart(reader)) skipComment(reader);
    else if (/[\s;&|(<>]/.test(character)) reader.at += 1;
    else if (character === ")") {
      reader.at += 1;
      break;
    } else {
      const start = reader.at;
      const { value } = readWord(reader);
      const written = reader.text.slice(start, reader.at);
      if (patterns.length === 0 && written === "esac") return void reader.nest.close();
      patterns.push(written === "*" || !/[*?[\\]/.test(written) ? value : null);
    }
  }
  reader.nest.match(patterns);
}

const opening = new Set(["if", "for", "while", "until", "case", "{", "function"]);
/** What follows them, up to the end of the line, is no command. */
const heads = new Set(["for", "case", "function"]);
const closing = new Set(["fi", "done", "esac", "}"]);
const between = new Set(["then", "else", "elif", "do", "!", "time"]);

interface Reader {
  text: string;
  at: number;
  lookup: ShellLookup;
  unknown: Set<string>;
  /** Ends of the here-documents that begin with the next line. */
  pending: string[];
  /** The lines of the text, once a here-document was met. */
  lines: ReturnType<typeof linesOf> | null;
  nest: Nest;
}

interface Draft {
  words: (string | null)[];
  assignments: { name: string; value: string | null }[];
  outputs: (string | null)[];
  inputs: string[];
  head: boolean;
}

function newDraft(): Draft {
  return { words: [], assignments: [], outputs: [], inputs: [], head: false };
}

function finish(draft: Readonly<Draft>, unknown: ReadonlySet<string>): Omit<ShellCommand, "sure" | "runs"> | null {
  const empty = draft.words.length === 0 && draft.assignments.length === 0 && draft.outputs.length === 0;
  const { words, assignments, outputs, inputs } = draft;
  return empty ? null : { words, assignments, outputs, inputs, unknown: [...unknown] };
}

/** `before`: what is known of a word up to where it is not: the name that is assigned to is. */
function addWord(draft: Draft, value: string | null, before: string): void {
  const [first] = draft.words;
  const assigns = first === undefined || (first !== null && declaring.has(first));
  const [, name, text] = (assigns && /^([A-Za-z_]\w*)=(.*)$/s.exec(value ?? before)) || [];
  if (name === undefined) draft.words.push(value);
  else draft.assignments.push({ name, value: value === null ? null : (text ?? "") });
}

const declaring = new Set(["export", "declare", "typeset", "readonly", "local"]);

function isWordStart({ text, at }: Reader): boolean {
  return at === 0 || /[\s;&|()]/.test(text[at - 1] ?? "");
}

function skipComment(reader: Reader): void {
  const end = reader.text.indexOf("\n", reader.at);
  reader.at = end < 0 ? reader.text.length : end;
}

function redirect(reader: Reader, draft: Draft): void {
  const [operator = ""] = /^(?:&>>?|\d?>>?[&|]?|\d?<<<|\d?<<-?|\d?<&?)/.exec(reader.text.slice(reader.at)) ?? [];
  reader.at += operator.length;
  while (/[ \t]/.test(reader.text[reader.at] ?? "")) reader.at += 1;
  const { value } = readWord(reader);
  if (/<<-?$/.test(operator) && !operator.endsWith("<<<")) {
    draft.inputs.push(value ?? "");
    reader.pending.push(value ?? "");
  } else if (operator.includes(">") && !/^(?:\d+|-|\/dev\/(?:null|stdout|stderr))$/.test(value ?? ""))
    draft.outputs.push(value);
}

/** What a here-document holds is no command. One that does not end here stands elsewhere. */
function skipHeredocs(reader: Reader): void {
  for (const name of reader.pending) {
    reader.lines ??= linesOf(reader.text);
    const same = name === "" ? undefined : reader.lines.get(name);
    // The text is only read forwards.
    while (same && (same.ends[same.next] ?? reader.at) < reader.at) same.next += 1;
    reader.at = same?.ends[same.next] ?? reader.at;
  }
  reader.pending.length = 0;
}

/** The ends of all lines that say the same, by what they say: a text may announce as many here-documents as it has lines. */
function linesOf(text: string): Map<string, { ends: number[]; next: number }> {
  const lines = new Map<string, { ends: number[]; next: number }>();
  for (let from = 0; from < text.length; ) {
    const found = text.indexOf("\n", from);
    const end = found < 0 ? text.length : found;
    const said = text.slice(from, end).trim();
    const known = lines.get(said);
    if (known) known.ends.push(end);
    else lines.set(said, { ends: [end], next: 0 });
    from = end + 1;
  }
  return lines;
}

/** Reads a word. `plain`: it is written without quotes or variables, so it may be a keyword. `before`: what is known of it. */
function readWord(reader: Reader): { value: string | null; plain: boolean; before: string } {
  const start = reader.at;
  let value: string | null = "";
  let before = "";
  let plain = true;
  const add = (part: string | null) => {
    value = value === null || part === null ? null : value + part;
    before = value ?? before;
  };
  for (; reader.at < reader.text.length; ) {
    const character = reader.text[reader.at] ?? "";
    if (/[\s;&|()<>]/.test(character)) break;
    plain &&= !/["'\\$`]/.test(character);
    reader.at += 1;
    if (character === "'") add(upTo(reader, "'"));
    else if (character === '"') add(doubleQuoted(reader));
    else if (character === "\\") add(reader.text[reader.at++] ?? "");
    else if (character === "$") add(variable(reader));
    else if (character === "`") {
      upTo(reader, "`");
      add(null);
    } else add(character);
  }
  if (reader.at === start) reader.at += 1;
  return { value, plain, before };
}

function upTo(reader: Reader, end: string): string {
  const found = reader.text.indexOf(end, reader.at);
  const stop = found < 0 ? reader.text.length : found;
  const inside = reader.text.slice(reader.at, stop);
  reader.at = stop + 1;
  return inside;
}

function doubleQuoted(reader: Reader): string | null {
  let value: string | null = "";
  for (;;) {
    const character = reader.text[reader.at];
    if (character === undefined) return value;
    reader.at += 1;
    if (character === '"') return value;
    let part: string | null = character;
    if (character === "$") part = variable(reader);
    else if (character === "`") {
      upTo(reader, "`");
      part = null;
    } else if (character === "\\" && /["$`\\]/.test(reader.text[reader.at] ?? ""))
      part = reader.text[reader.at++] ?? "";
    value = value === null || part === null ? null : value + part;
  }
}

/** After a `$`. */
function variable(reader: Reader): string | null {
  const rest = reader.text.slice(reader.at);
  if (rest.startsWith("(")) {
    const start = reader.at;
    skipParentheses(reader);
    const inside = reader.text.slice(start, Math.min(reader.at, start + 99)).replace(/\s+/g, " ");
    if (/^\( ?pwd( -[LP])? ?\)$/.test(inside)) return lookUp(reader, "PWD");
    if (!scriptFolder.test(inside)) return null;
    const folder = reader.lookup("0")?.replace(/[^/]*$/, "");
    return folder === undefined ? null : posix.resolve(reader.lookup("PWD") ?? "/", folder);
  }
  const [plain, name] = /^([A-Za-z_]\w*)/.exec(rest) ?? [];
  if (plain !== undefined && name !== undefined) {
    reader.at += plain.length;
    return lookUp(reader, name);
  }
  const [braced, inside, modifier = "", word = ""] =
    /^\{([A-Za-z_]\w*|[1-9])(:?[-+=?])?([^{}$`"']*)\}/.exec(rest) ?? [];
  if (braced !== undefined && inside !== undefined) {
    reader.at += braced.length;
    const value = valueOfName(reader, inside);
    const set = value !== undefined && (value !== "" || !modifier.startsWith(":"));
    if (/[-=]$/.test(modifier)) return set ? lookUp(reader, inside) : word;
    if (modifier.endsWith("+")) return value === null ? lookUp(reader, inside) : set ? word : "";
    if (modifier === "" && word !== "") return null;
    return lookUp(reader, inside);
  }
  const [special] = /^(?:\{[^}]{0,99}\}|[@*#?$!0-9-])/.exec(rest) ?? [];
  if (special === undefined) return "$";
  reader.at += special.length;
  if (/^\d$/.test(special)) return lookUp(reader, special);
  // `"$@"` is what the script was given: whoever reads an entry point puts the command there.
  return /^\{?[@*]\}?$/.test(special) ? "$@" : null;
}

/** `$(dirname "$0")`, and the longer ways to write it. */
const scriptFolder =
  /^\( ?(cd (-- )?"?\$\( ?)?dirname (-- )?"?(\$\( ?(readlink -f|realpath) (-- )?"?)?\$\{?(0|BASH_SOURCE(\[0\])?)\}?"?( ?\)"?)? ?(\)"?.*pwd.*)?\)$/;

/** In a function `$1` is what that was given. */
function valueOfName({ nest, lookup }: Reader, name: string): string | null | undefined {
  return /^[1-9]$/.test(name) && nest.inFunction ? null : lookup(name);
}

function lookUp(reader: Reader, name: string): string | null {
  const value = valueOfName(reader, name);
  if (value === null) reader.unknown.add(name);
  return value === undefined ? "" : value;
}

function skipParentheses(reader: Reader): void {
  let depth = 0;
  for (; reader.at < reader.text.length; reader.at++) {
    const character = reader.text[reader.at];
    if (character === "(") depth += 1;
    else if (character === ")" && --depth === 0) {
      reader.at += 1;
      return;
    }
  }
}
