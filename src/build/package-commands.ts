import { posix } from "node:path";

/** One simple command of a script: its words, and the folder that it runs in, relative to where the script began. */
export interface SimpleCommand {
  words: readonly string[];
  folder: string;
}

/**
 * The simple commands of a shell script, as far as they can be told without running it: quotes are taken off, variables are
 * left as they are written, and `cd` with a plain folder is followed. It is for advice, not for anything that must be right.
 */
export function simpleCommands(script: string): SimpleCommand[] {
  let folder = ".";
  return split(script).flatMap((parts) => {
    const words = withoutPrefixes(parts);
    const [command, target] = words;
    if (command === "cd" && target !== undefined && !target.startsWith("$")) folder = posix.join(folder, target);
    return words.length === 0 ? [] : [{ words, folder }];
  });
}

/** What is not closed goes to the end: looked for once, however often it begins. */
const token =
  /\\\n|#[^\n]*|\n|[;&|(){}]+|[<>]+&?|(?:\\[^\n]|'[^']*(?:'|$)|"(?:\\.|[^"\\])*\\?(?:"|$)|\$\{[^}]*(?:\}|$)|\$\(|[^\s;&|(){}<>\\'"])+|[^\S\n]+|./gsu;

function split(script: string): string[][] {
  const commands: string[][] = [[]];
  for (const [text] of script.matchAll(token)) {
    if (/^([\n;&|(){}]|$)/.test(text)) commands.push([]);
    else if (!/^(\s|\\\n|#)/.test(text)) commands.at(-1)?.push(unquoted(text));
  }
  return commands;
}

function unquoted(word: string): string {
  return word.replace(/\\(.)|'([^']*)'|"((?:\\.|[^"\\])*)"/gs, (_, escaped, single, double) => {
    return escaped ?? single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? "";
  });
}

const prefixes = new Set([
  "if",
  "then",
  "else",
  "elif",
  "while",
  "until",
  "do",
  "!",
  "{",
  "exec",
  "time",
  "env",
  "sudo",
  "command",
]);

/** Without assignments before the command, and without words that only lead to it. */
function withoutPrefixes(words: readonly string[]): string[] {
  const at = words.findIndex((word) => !prefixes.has(word) && !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word));
  return at < 0 ? [] : words.slice(at);
}
