import { splitWords } from "./words.ts";

/** A text that stands in the Dockerfile itself. */
export interface Heredoc {
  name: string;
  /** False when the name is quoted: then variables in it are left as they are. */
  expands: boolean;
  content: string;
}

/**
 * The here-documents that an instruction's words announce (`<<EOF`, `<<-EOF`, `3<<"EOF"`), each read from the lines that
 * follow it, in order. `open`: the name of one whose end never came.
 */
export function heredocsOf(
  text: string,
  lines: readonly string[],
  next: number,
  escaping: string,
): { heredocs: Heredoc[]; after: number; open: string | null } {
  const heredocs: Heredoc[] = [];
  let at = next;
  for (const word of splitWords(text, escaping)) {
    const [, dash, written = ""] = /^\d*<<(-?)([^<]+)$/.exec(word) ?? [];
    if (dash === undefined) continue;
    const name = unquoted(written, escaping);
    if (name === "") continue;
    const body: string[] = [];
    for (;;) {
      const line = lines[at];
      if (line === undefined) return { heredocs, after: at, open: name };
      at += 1;
      const stripped = dash === "-" ? line.replace(/^\t+/, "") : line;
      if (stripped === name) break;
      body.push(`${stripped}\n`);
    }
    heredocs.push({ name, expands: name === written, content: body.join("") });
  }
  return { heredocs, after: at, open: null };
}

function unquoted(word: string, escaping: string): string {
  let text = "";
  let quote = "";
  for (let at = 0; at < word.length; at++) {
    const character = word[at] ?? "";
    if (character === escaping && quote !== "'") text += word[++at] ?? "";
    else if (quote === "" && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = "";
    else text += character;
  }
  return text;
}
