/**
 * The command that a shell text begins with, when that can be told without a shell: a plain name or an absolute path.
 * Null for a relative path (it may lie in the release), an assignment, a function that is defined, a keyword's punctuation or
 * anything quoted.
 */
export function firstWord(run: string): string | null {
  const word = /^\s*([A-Za-z0-9_./+-]+)(?=[\s;|&<>]|$)(?!\s*\()/.exec(run)?.[1];
  if (word === undefined || (word.includes("/") && !word.startsWith("/"))) return null;
  return word === "." ? null : word;
}
