import type { Block } from "./block.ts";
import { type Mistake, type Piece, scan } from "./scan.ts";

/** One import statement. */
export interface Import {
  /** `import a.b as c, d`, or `from ..a import b as c`. */
  form: "import" | "from";
  /** With `from`: the dotted name behind the dots, which may be empty. */
  module: string;
  /** Leading dots. */
  level: number;
  /** With `import` dotted names; `*` stands for all. */
  names: readonly { name: string; as: string | null }[];
  line: number;
  block: Block | null;
}

/** Every import statement of a Python source, in order, and the first place that Python does not accept, if one was seen. */
export function scanImports(text: string): { imports: Import[]; mistake: Mistake | null } {
  const imports: Import[] = [];
  let wrong: Mistake | null = null;
  const mistake = scan(text, (piece) => {
    if (!beginsImport(text, piece)) return;
    const found = readImport(text, piece);
    if (found) imports.push(found);
    else wrong ??= { line: piece.line, message: "an import is not complete" };
  });
  return { imports, mistake: wrong ?? mistake };
}

/** Whether a piece of the text is an import statement. */
export function beginsImport(text: string, { start, opens }: Piece): boolean {
  const code = text.charCodeAt(start);
  if (opens !== null || (code !== 105 && code !== 102)) return false;
  const word = code === 105 ? "import" : "from";
  if (!text.startsWith(word, start)) return false;
  return /[\s.\\(*]/.test(text[start + word.length] ?? "");
}

/** Reads an import statement; null for one that Python does not accept. Takes time in proportion to its text. */
export function readImport(text: string, { start, end, line, block }: Piece): Import | null {
  const tokens = tokensOf(text.slice(start, end));
  if (tokens === null) return null;
  const reader = new Reader(tokens);
  if (reader.take("import")) {
    const names = reader.names(true);
    return names && reader.atEnd() ? { form: "import", module: "", level: 0, names, line, block } : null;
  }
  if (!reader.take("from")) return null;
  let level = 0;
  while (reader.take(".")) level += 1;
  const module = reader.next === "import" ? "" : reader.dotted();
  if (module === null || (module === "" && level === 0) || !reader.take("import")) return null;
  const names = reader.imported();
  return names && reader.atEnd() ? { form: "from", module, level, names, line, block } : null;
}

/** Names and marks, without blanks, joins of lines and comments; null when there is something else. */
function tokensOf(written: string): string[] | null {
  const token = /(?:[\s\f]|\\\r?\n|#[^\r\n]*)|([\p{ID_Start}_][\p{ID_Continue}]*|[.,()*])/uy;
  const tokens: string[] = [];
  while (token.lastIndex < written.length) {
    const found = token.exec(written);
    if (!found) return null;
    if (found[1] !== undefined) tokens.push(found[1]);
  }
  return tokens;
}

const keywords = new Set(["import", "from", "as"]);

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  get next(): string | undefined {
    return this.#tokens[this.#at];
  }

  atEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  take(token: string): boolean {
    if (this.next !== token) return false;
    this.#at += 1;
    return true;
  }

  /** What `from … import` takes: all, or names, which may stand in brackets. */
  imported(): Import["names"] | null {
    if (this.take("*")) return [{ name: "*", as: null }];
    if (!this.take("(")) return this.names(false);
    const names = this.names(false);
    this.take(",");
    return this.take(")") ? names : null;
  }

  /** Names with commas between them. A comma that no name follows is left for the caller. */
  names(mayBeDotted: boolean): Import["names"] | null {
    const names: { name: string; as: string | null }[] = [];
    for (;;) {
      const name = mayBeDotted ? this.dotted() : this.#name();
      const as = name !== null && this.take("as") ? this.#name() : undefined;
      if (name === null || as === null) return null;
      names.push({ name, as: as ?? null });
      if (this.next !== "," || this.#tokens[this.#at + 1] === ")") return names;
      this.#at += 1;
    }
  }

  dotted(): string | null {
    const parts: string[] = [];
    do {
      const part = this.#name();
      if (part === null) return null;
      parts.push(part);
    } while (this.take("."));
    return parts.join(".");
  }

  #name(): string | null {
    const token = this.next;
    if (token === undefined || /^[.,()*]$/.test(token) || keywords.has(token)) return null;
    this.#at += 1;
    return token;
  }
}
