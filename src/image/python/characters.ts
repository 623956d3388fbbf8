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
/** Longer words are names. */
export const longestWord = 8;

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
