import { type Heredoc, heredocsOf } from "./heredoc.ts";

/** A Dockerfile taken apart; nothing of it was expanded yet. */
export interface Dockerfile {
  /** `\`, or what `# escape=` says. */
  escape: "\\" | "`";
  instructions: readonly Instruction[];
  mistakes: readonly { line: number; message: string }[];
}

/** One instruction, its continued lines put together. */
export interface Instruction {
  /** In upper case. */
  name: string;
  /** The line that it begins on, 1-based. */
  line: number;
  /** `--name=value` and `--name`, whose value is then null; in order, for some may be repeated. */
  flags: readonly { name: string; value: string | null }[];
  /** All that follows the flags. */
  rest: string;
  /** The same as a list, where it is one in JSON and the instruction takes that form. */
  words: readonly string[] | null;
  heredocs: readonly Heredoc[];
}

/**
 * Takes a Dockerfile apart as BuildKit does (frontend/dockerfile/parser): directives, comments and blank lines in
 * continued instructions, here-documents, flags, JSON form. What it would refuse is in `mistakes`; it never throws.
 */
export function parseDockerfile(text: string): Dockerfile {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const mistakes: { line: number; message: string }[] = [];
  const { escaping, next } = readDirectives(lines, mistakes);
  const instructions: Instruction[] = [];
  for (let at = next; at < lines.length; ) {
    if (isEmpty(lines[at] ?? "")) {
      at += 1;
      continue;
    }
    const whole = joinLines(lines, at, escaping);
    const { instruction, after } = readInstruction(whole.text, at + 1, lines, whole.after, escaping, mistakes);
    if (instruction) instructions.push(instruction);
    at = after;
  }
  if (instructions.length === 0) mistakes.push({ line: 1, message: "the file holds no instruction" });
  return { escape: escaping, instructions, mistakes };
}

/** Directives stand before everything else, comments included. */
function readDirectives(lines: readonly string[], mistakes: { line: number; message: string }[]) {
  const seen = new Set<string>();
  let escaping: Dockerfile["escape"] = "\\";
  let next = 0;
  for (; next < lines.length; next++) {
    const [, key, value = ""] = /^\s*#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(.+)$/.exec((lines[next] ?? "").trimEnd()) ?? [];
    const name = key?.toLowerCase();
    if (name === undefined || !directives.includes(name)) break;
    if (seen.has(name)) mistakes.push({ line: next + 1, message: `there is more than one ${name} directive` });
    seen.add(name);
    if (name !== "escape") continue;
    if (value === "\\" || value === "`") escaping = value;
    else mistakes.push({ line: next + 1, message: "the escape can be \\ or `, and nothing else" });
  }
  return { escaping, next };
}

const directives = ["escape", "syntax", "check"];

function isEmpty(line: string): boolean {
  return /^\s*(?:#|$)/.test(line);
}

/** Puts continued lines together. Comments and blank lines between them are left out, and do not end the instruction. */
function joinLines(lines: readonly string[], start: number, escaping: string): { text: string; after: number } {
  let text = "";
  for (let at = start; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (at > start && isEmpty(line)) continue;
    let blanks = 0;
    while (/[ \t]/.test(line.charAt(line.length - 1 - blanks))) blanks += 1;
    const end = line.slice(0, line.length - blanks);
    const continued = end.endsWith(escaping) && !end.endsWith(escaping + escaping);
    text += at === start ? (continued ? end.slice(0, -1) : line).trimStart() : continued ? end.slice(0, -1) : line;
    if (!continued) return { text, after: at + 1 };
  }
  return { text, after: lines.length };
}

function readInstruction(
  text: string,
  line: number,
  lines: readonly string[],
  next: number,
  escaping: string,
  mistakes: { line: number; message: string }[],
): { instruction: Instruction | null; after: number } {
  const [, word = "", body = ""] = /^(\S+)\s*(.*)$/su.exec(text.trimEnd()) ?? [];
  const name = word.toUpperCase();
  if (!known.includes(name)) {
    // What is no Dockerfile may hold what is not to be shown.
    const shown = /^[A-Za-z]{1,20}$/.test(word) ? word : "what the line begins with";
    mistakes.push({ line, message: `${shown} is no instruction` });
    return { instruction: null, after: next };
  }
  const { flags, rest } = readFlags(body, escaping);
  const takesHeredocs = name === "RUN" || name === "COPY" || name === "ADD";
  const { heredocs, after, open } = takesHeredocs
    ? heredocsOf(rest, lines, next, escaping)
    : { heredocs: [], after: next, open: null };
  if (open !== null) mistakes.push({ line, message: `the here-document ${open} does not end` });
  if (rest === "" && name !== "CMD" && name !== "ENTRYPOINT") mistakes.push({ line, message: `${name} says nothing` });
  const words = listForms.includes(name) ? jsonList(rest) : null;
  if (name === "SHELL" && words === null) mistakes.push({ line, message: "SHELL takes a list in JSON" });
  return { instruction: { name, line, flags, rest, words, heredocs }, after };
}

const known = [
  ...["ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER"],
  ...["ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"],
];
const listForms = ["ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"];

/** Words that begin with `--`, up to the first that does not. Quotes keep blanks together, the escape takes one character. */
function readFlags(body: string, escaping: string): Pick<Instruction, "flags" | "rest"> {
  const flags: { name: string; value: string | null }[] = [];
  let rest = body.trimStart();
  while (rest.startsWith("--")) {
    let word = "";
    let quote = "";
    let at = 0;
    for (; at < rest.length; at++) {
      const character = rest[at] ?? "";
      if (character === escaping && quote !== "'" && at + 1 < rest.length) word += rest[++at];
      else if (quote === "" && (character === '"' || character === "'")) quote = character;
      else if (character === quote) quote = "";
      else if (quote === "" && /\s/.test(character)) break;
      else word += character;
    }
    rest = rest.slice(at).trimStart();
    if (word === "--") break;
    const equals = word.indexOf("=");
    flags.push(
      equals < 0
        ? { name: word.slice(2), value: null }
        : { name: word.slice(2, equals), value: word.slice(equals + 1) },
    );
  }
  return { flags, rest };
}

/** JSON with nothing but strings, or null: then it is taken for text, as the builder does. */
function jsonList(rest: string): string[] | null {
  if (!rest.startsWith("[")) return null;
  try {
    const list: unknown = JSON.parse(rest);
    return Array.isArray(list) && list.every((item) => typeof item === "string") ? list : null;
  } catch {
    return null;
  }
}
