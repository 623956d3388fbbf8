import type { Block } from "./block.ts";

/** The names that a statement or a header binds where it stands; rather one too many than one too few. */
export function namesBound(written: string, opens: Block | null): string[] {
  const walrus = written.includes(":=")
    ? [...written.matchAll(/(?<!\w)([A-Za-z_]\w*)\s*:=/g)].map(([, name = ""]) => name)
    : [];
  if (opens) return [...walrus, ...byHeader(written, opens.kind)];
  if (written.startsWith("global ")) return wordsOf(written.slice("global".length));
  const annotated = /^([A-Za-z_]\w*)\s*:/.exec(written)?.[1];
  const typed = /^type\s+([A-Za-z_]\w*)/.exec(written)?.[1];
  return [...walrus, ...[annotated, typed].flatMap((name) => name ?? []), ...targets(written).flatMap(wordsOf)];
}

function byHeader(header: string, kind: Block["kind"]): string[] {
  switch (kind) {
    case "def":
    case "class":
      return wordsOf(/^(?:async\s+)?(?:def|class)\s+([\p{L}_][\p{L}\p{N}_]*)/u.exec(header)?.[1] ?? "");
    case "loop":
      return wordsOf(/^(?:async\s+)?for\s+(.*?)\s+in\b/s.exec(header)?.[1] ?? "");
    case "with":
    case "except":
      return [...header.matchAll(/\bas\s+(\(?[\w\s,*.]+\)?)/g)].flatMap(([, names = ""]) => wordsOf(names));
    case "case":
      return wordsOf(header);
    default:
      return [];
  }
}

/** What stands before each `=` of an assignment, outside of brackets; without the strings in it: `d["key"] = name = 1`. */
function targets(written: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let from = 0;
  let before = "";
  for (let at = 0; at < written.length; at++) {
    const character = written[at] ?? "";
    if (character === '"' || character === "'") {
      before += `${written.slice(from, at)} `;
      at = endOfString(written, at);
      from = at + 1;
    } else if ("([{".includes(character)) depth += 1;
    else if (")]}".includes(character)) depth -= 1;
    else if (character === "=" && depth === 0) {
      const near = (written[at - 1] ?? "") + (written[at + 1] ?? "");
      if (/[=]/.test(written[at + 1] ?? "") || /[=!<>]/.test(near[0] ?? "")) continue;
      found.push(before + written.slice(from, at));
      before = "";
      from = at + 1;
    }
  }
  return found;
}

/** Where a string ends that begins here. */
function endOfString(text: string, start: number): number {
  const one = text[start] ?? "";
  const quote = text.startsWith(one.repeat(3), start) ? one.repeat(3) : one;
  for (let at = start + quote.length; at < text.length; at++) {
    if (text[at] === "\\") at += 1;
    else if (text.startsWith(quote, at)) return at + quote.length - 1;
  }
  return text.length;
}

function wordsOf(text: string): string[] {
  return text.match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? [];
}
