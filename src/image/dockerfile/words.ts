/** Splits an instruction's text at blanks; quotes and escapes stay in the words, as they are expanded later. */
export function splitWords(text: string, escaping: string): string[] {
  const words: string[] = [];
  let word = "";
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === escaping && quote !== "'") word += character + (text[++at] ?? "");
    else if (quote === "" && /\s/.test(character)) {
      if (word !== "") words.push(word);
      word = "";
    } else {
      if (quote === "" && (character === '"' || character === "'")) quote = character;
      else if (character === quote) quote = "";
      word += character;
    }
  }
  return word === "" ? words : [...words, word];
}

/**
 * The pairs of ENV: `K=V K2="a b"`, or the old form `K the rest of the line`. Null when it is neither.
 */
export function pairsOf(text: string, escaping: string): [string, string][] | null {
  const words = splitWords(text, escaping);
  const [first = ""] = words;
  if (!first.includes("=")) {
    const [, name = "", value] = /^(\S+)\s+(.+)$/s.exec(text.trim()) ?? [];
    return value === undefined ? null : [[name, value]];
  }
  const pairs = words.map((word): [string, string] => [
    word.slice(0, Math.max(0, word.indexOf("="))),
    word.slice(word.indexOf("=") + 1),
  ]);
  return words.every((word) => word.indexOf("=") > 0) ? pairs : null;
}
