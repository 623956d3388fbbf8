import { type Block, type BlockKind, openBlock } from "./block.ts";
import {
  BLANK,
  CLOSE,
  DIGIT,
  headers,
  kinds,
  mayBeKeyword,
  name,
  number,
  OPEN,
  OTHER,
  operators,
  QUOTE,
  soft,
  stringPrefix,
  WORD,
} from "./characters.ts";
import { Indentation } from "./indentation.ts";
import { Refused } from "./refused.ts";
import { Strings } from "./strings.ts";

/** A statement, or the header of a compound one, as a piece of the text. */
export interface Piece {
  /** Offsets in the text: of its first character, and behind its last one (for a header: of the colon). */
  start: number;
  end: number;
  /** 1-based. */
  line: number;
  /** What it stands in; null at the level of the module. */
  block: Block | null;
  /** What it opens, when it is a header. */
  opens: Block | null;
}

/** A place that Python does not accept. */
export interface Mistake {
  line: number;
  message: string;
}

/**
 * Takes Python source apart into its statements in one pass, without building a tree (The Python Language Reference,
 * 2 "Lexical analysis" and 8 "Compound statements"). `visit` is called for each, in order.
 *
 * It checks what a pass like that can: brackets, strings, indentation, and that two operands do not stand side by side. Gives
 * the first mistake, where it stops; null when it saw none. Never throws, and takes time in proportion to the text.
 */
export function scan(text: string, visit: (piece: Piece) => void): Mistake | null {
  const scanner = new Scanner(text, visit);
  try {
    scanner.module();
    return null;
  } catch (error) {
    if (error instanceof Refused) return { line: scanner.line, message: error.message };
    throw error;
  }
}

class Scanner {
  line = 1;
  readonly #text: string;
  readonly #visit: (piece: Piece) => void;
  readonly #strings: Strings;
  #at = 0;
  /** What closes the brackets that are open in a statement. */
  readonly #opened: number[] = [];
  readonly #indentation = new Indentation();

  constructor(text: string, visit: (piece: Piece) => void) {
    this.#text = text;
    this.#visit = visit;
    this.#strings = new Strings(text);
  }

  module(): void {
    if (this.#text.charCodeAt(0) === 0xfeff) this.#at = 1;
    while (this.#at < this.#text.length) this.#logicalLine();
    this.#indentation.end();
  }

  #logicalLine(): void {
    const text = this.#text;
    let column = 0;
    let other = 0;
    let at = this.#at;
    for (; ; at++) {
      const code = text.charCodeAt(at);
      if (code === 32) {
        column += 1;
        other += 1;
      } else if (code === 9) {
        column = (column >> 3) * 8 + 8;
        other += 1;
      } else if (code === 12) {
        column = 0;
        other = 0;
      } else break;
    }
    const code = text.charCodeAt(at);
    this.#at = at;
    if (Number.isNaN(code)) return;
    if (code === 35) {
      this.#skipComment();
      return void this.#newline();
    }
    if (code === 10 || code === 13) return void this.#newline();
    if (code === 92 && this.#isJoin(at)) {
      // A blank line that is joined with the next: its indentation is what counts.
      this.#joinLine();
      this.#skipBlanks();
      if (this.#isLineEnd()) return void this.#newline();
    }
    this.#indentation.line(column, other);
    this.#statements();
  }

  /** The statements of one logical line, up to its end. */
  #statements(): void {
    const indentation = this.#indentation;
    let block = indentation.block;
    let first = true;
    for (;;) {
      const start = this.#at;
      const line = this.line;
      const { end, stop, kind, async } = this.#statement(first, block);
      if (kind !== null) {
        const header = this.#text.slice(start, end);
        const opens = openBlock(kind, block, indentation.last, header, line, async);
        if (opens === null) throw new Refused(`${kind} belongs to nothing`);
        indentation.last = opens;
        this.#visit({ start, end, line, block, opens });
        this.#skipBlanks();
        if (this.#isLineEnd()) {
          indentation.expect(opens);
          return void this.#endLine();
        }
        block = opens;
        first = false;
        continue;
      }
      if (end > start) {
        if (first) indentation.last = null;
        this.#visit({ start, end, line, block, opens: null });
      } else if (stop === ";") throw new Refused("a statement is missing before ;");
      if (stop !== ";") return void this.#endLine();
      this.#skipBlanks();
      if (this.#isLineEnd()) return void this.#endLine();
      first = false;
    }
  }

  /** Reads one statement, or the header of one up to its colon. */
  #statement(
    first: boolean,
    block: Block | null,
  ): { end: number; stop: string; kind: BlockKind | null; async: boolean } {
    const text = this.#text;
    const start = this.#at;
    const opened = this.#opened;
    opened.length = 0;
    let header: BlockKind | null = null;
    let lambdas = 0;
    let async = false;
    let words = 0;
    let softly = false;
    /** Whether an operand stands before; a string, when it is one: strings may follow each other. */
    let operand = false;
    let string = false;
    let end = start;
    for (;;) {
      const at = this.#at;
      const code = text.charCodeAt(at);
      const kind = code < 128 ? (kinds[code] ?? OTHER) : Number.isNaN(code) ? OTHER : WORD;
      if (kind === BLANK) {
        this.#at += 1;
        continue;
      }
      if (kind === WORD) {
        this.#skipWord();
        const length = this.#at - at;
        const next = text.charCodeAt(this.#at);
        if ((next === 34 || next === 39) && length <= 2 && stringPrefix.test(text.slice(at, this.#at))) {
          if (operand && !string && !(words === 1 && softly)) throw new Refused("two values stand side by side");
          this.#string(text.slice(at, this.#at));
          operand = string = true;
          end = this.#at;
          continue;
        }
        // Most words are names, and need not be looked at.
        const word = mayBeKeyword(code, length) ? text.slice(at, this.#at) : "";
        if (words === 0) {
          if (word === "async" && !async) {
            async = true;
            end = this.#at;
            continue;
          }
          header = first && this.#isHeader(word, block) ? (headers[word] ?? null) : null;
          softly = soft.has(word);
        }
        if (word === "lambda" && opened.length === 0) lambdas += 1;
        const operator = word !== "" && operators.has(word);
        if (operand && !operator && !(words === 1 && softly)) throw new Refused("two values stand side by side");
        words += 1;
        operand = !operator;
        string = false;
        end = this.#at;
      } else if (kind === DIGIT || (code === 46 && isDigit(text.charCodeAt(at + 1)))) {
        if (operand && !(words === 1 && softly)) throw new Refused("two values stand side by side");
        number.lastIndex = at;
        this.#at += number.exec(text)?.[0].length || 1;
        words += 1;
        operand = true;
        string = false;
        end = this.#at;
      } else if (kind === QUOTE) {
        if (operand && !string && !(words === 1 && softly)) throw new Refused("two values stand side by side");
        this.#string("");
        words += 1;
        operand = string = true;
        end = this.#at;
      } else if (kind === OPEN) {
        if (code === 123 && operand && !(words === 1 && softly)) throw new Refused("two values stand side by side");
        opened.push(code === 40 ? 41 : code === 91 ? 93 : 125);
        this.#at += 1;
        words += 1;
        operand = string = false;
        end = this.#at;
      } else if (kind === CLOSE) {
        if (opened.pop() !== code) throw new Refused(`${String.fromCharCode(code)} closes nothing`);
        this.#at += 1;
        operand = true;
        string = false;
        end = this.#at;
      } else if (code === 35) this.#skipComment();
      else if (code === 10 || code === 13) {
        if (opened.length === 0) return this.#ended(header, end, "\n");
        this.#newline();
      } else if (code === 92) {
        if (!this.#isJoin(at)) throw new Refused("a backslash stands alone");
        this.#joinLine();
      } else if (Number.isNaN(code)) {
        if (opened.length > 0) throw new Refused("a bracket is not closed");
        return this.#ended(header, end, "");
      } else if (opened.length === 0 && code === 59) {
        this.#at += 1;
        return this.#ended(header, end, ";");
      } else if (opened.length === 0 && code === 58 && text.charCodeAt(at + 1) !== 61) {
        this.#at += 1;
        if (lambdas > 0) lambdas -= 1;
        else if (header !== null && (header !== "match" || this.#restIsEmpty()))
          return { end, stop: ":", kind: header, async };
        operand = string = false;
        end = this.#at;
      } else {
        if (code === 36 || code === 63 || (code === 33 && text.charCodeAt(at + 1) !== 61) || code === 96)
          throw new Refused(`${String.fromCharCode(code)} is no operator`);
        if (code < 32) throw new Refused("a control character stands in the text");
        this.#at += 1;
        operand = false;
        string = false;
        words += 1;
        end = this.#at;
      }
    }
  }

  #ended(header: BlockKind | null, end: number, stop: string) {
    if (header !== null && !soft.has(header)) throw new Refused(`${header} lacks its colon`);
    return { end, stop, kind: null, async: false };
  }

  /** Whether a word begins a header where it stands. */
  #isHeader(word: string, block: Block | null): boolean {
    if (word === "case") return block?.kind === "match";
    return word !== "match" || /[ \t([{'"~-]/.test(this.#text[this.#at] ?? "");
  }

  /** The colon of `match x:` is the last of its line; elsewhere it is an annotation. */
  #restIsEmpty(): boolean {
    for (let at = this.#at; ; at++) {
      const code = this.#text.charCodeAt(at);
      if (code === 32 || code === 9 || code === 12) continue;
      return code === 35 || code === 10 || code === 13 || Number.isNaN(code);
    }
  }

  #string(prefix: string): void {
    const end = this.#strings.end(this.#at, prefix);
    for (let at = this.#text.indexOf("\n", this.#at); at >= 0 && at < end; at = this.#text.indexOf("\n", at + 1))
      this.line += 1;
    this.#at = end;
  }

  #skipWord(): void {
    const text = this.#text;
    let at = this.#at;
    let plain = text.charCodeAt(at) < 128;
    for (at += 1; ; at++) {
      const code = text.charCodeAt(at);
      if (code < 128 ? kinds[code] !== WORD && kinds[code] !== DIGIT : Number.isNaN(code)) break;
      if (code >= 128) plain = false;
    }
    if (!plain && !name.test(text.slice(this.#at, at)))
      throw new Refused("a character stands in a name that no name may have");
    this.#at = at;
  }

  #skipBlanks(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 32 || code === 9 || code === 12) this.#at += 1;
      else if (code === 92 && this.#isJoin(this.#at)) this.#joinLine();
      else return;
    }
  }

  #skipComment(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  #isLineEnd(): boolean {
    const code = this.#text.charCodeAt(this.#at);
    return code === 10 || code === 13 || code === 35 || Number.isNaN(code);
  }

  #endLine(): void {
    if (this.#text.charCodeAt(this.#at) === 35) this.#skipComment();
    this.#newline();
  }

  #newline(): void {
    if (this.#at >= this.#text.length) return;
    if (this.#text.charCodeAt(this.#at) === 13 && this.#text.charCodeAt(this.#at + 1) === 10) this.#at += 1;
    this.#at += 1;
    this.line += 1;
  }

  #isJoin(at: number): boolean {
    const next = this.#text.charCodeAt(at + 1);
    return next === 10 || next === 13;
  }

  #joinLine(): void {
    this.#at += 1;
    this.#newline();
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
