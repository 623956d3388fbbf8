import type { BlockKind } from "./block.ts";

/** Words that begin compound statements. */
export const headers: Readonly<Record<string, BlockKind>> = {
  ...{
    if: "if",
    elif: "elif",
    else: "else",
    try: "try",
    except: "except",
    finally: "finally",
    for: "loop",
    while: "loop",
  },
  ...{ with: "with", def: "def", class: "class", match: "match", case: "case" },
};

/** Words that stand between operands, or before one. */
export const operators: ReadonlySet<string> = new Set([
  ...[
    "and",
    "or",
    "not",
    "in",
    "is",
    "if",
    "else",
    "for",
    "lambda",
    "await",
    "yield",
    "from",
    "as",
    "import",
    "async",
    "return",
  ],
  ...[
    "del",
    "assert",
    "raise",
    "global",
    "nonlocal",
    "with",
    "while",
    "elif",
    "except",
    "def",
    "class",
    "try",
    "finally",
  ],
]);
/** Words that may begin a statement and be followed by an operand, though they are names elsewhere. */
export const soft: ReadonlySet<string> = new Set(["match", "case", "type"]);
/** Before the quote of a string. */
export const stringPrefix = /^(?:[bru]|[ft]|br|rb|[ft]r|r[ft])$/i;

/** By the first character of the words above: a bit for each length that one of them has. */
const lengths = new Uint16Array(128);
for (const word of [...operators, ...soft, ...Object.keys(headers)]) {
  const first = word.charCodeAt(0);
  lengths[first] = (lengths[first] ?? 0) | (1 << word.length);
}

/** Whether a word that begins with a character, and has that many, may be one of the words above. */
export function mayBeKeyword(first: number, length: number): boolean {
  return length < 16 && first < 128 && ((lengths[first] ?? 0) & (1 << length)) !== 0;
}

// Kinds of characters.
export const OTHER = 0;
export const WORD = 1;
export const DIGIT = 2;
export const QUOTE = 3;
export const OPEN = 4;
export const CLOSE = 5;
export const BLANK = 6;
export const kinds = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const character = String.fromCharCode(code);
  if (/[A-Za-z_]/.test(character)) kinds[code] = WORD;
  else if (/\d/.test(character)) kinds[code] = DIGIT;
  else if (character === '"' || character === "'") kinds[code] = QUOTE;
  else if ("([{".includes(character)) kinds[code] = OPEN;
  else if (")]}".includes(character)) kinds[code] = CLOSE;
  else if (character === " " || character === "\t" || character === "\f") kinds[code] = BLANK;
}

/** A number, where it begins. */
export const number =
  /0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?[jJ]?/y;

/** PEP 3131; names are compared after NFKC, which takes in a few more characters. */
export const name = /^[\p{XID_Start}_\p{Nl}℘℮゛゜ͺﷺ-ﷻﹰ-ﻼﾞﾟ·]?[\p{XID_Continue}\p{L}\p{M}\p{N}\p{Pc}·]*$/u;
