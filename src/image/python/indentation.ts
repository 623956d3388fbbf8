import type { Block } from "./block.ts";
import { Refused } from "./refused.ts";

/** The levels of indentation while a text is read (The Python Language Reference, 2.1.8), and the block of each. */
export class Indentation {
  /** Columns by both ways of counting tabs: to the next eighth, and as one. */
  readonly #levels: { column: number; other: number; block: Block | null; last: Block | null }[] = [
    { column: 0, other: 0, block: null, last: null },
  ];
  /** A header whose body has to come on the next line. */
  #pending: Block | null = null;

  /** The block that a line at this level stands in. */
  get block(): Block | null {
    return this.#levels.at(-1)?.block ?? null;
  }

  /** The last header at this level: what `else` and `except` belong to. */
  get last(): Block | null {
    return this.#levels.at(-1)?.last ?? null;
  }

  set last(header: Block | null) {
    const level = this.#levels.at(-1);
    if (level) level.last = header;
  }

  /** The body of a header comes on the lines that follow. */
  expect(header: Block): void {
    this.#pending = header;
  }

  /** A line begins at a column. */
  line(column: number, other: number): void {
    const top = this.#levels.at(-1)?.column ?? 0;
    if (column > top) return void this.#deeper(column, other);
    this.end();
    while (column < (this.#levels.at(-1)?.column ?? 0)) this.#levels.pop();
    if (column !== this.#levels.at(-1)?.column) throw new Refused("the indentation fits no level above it");
    if (other !== this.#levels.at(-1)?.other) throw new Refused("tabs and blanks are mixed in the indentation");
  }

  /** Nothing may be waited for any more. */
  end(): void {
    if (this.#pending) throw new Refused("an indented block is missing");
  }

  #deeper(column: number, other: number): void {
    if (!this.#pending) throw new Refused("the indentation is deeper, and nothing asks for it");
    if (other <= (this.#levels.at(-1)?.other ?? 0)) throw new Refused("tabs and blanks are mixed in the indentation");
    this.#levels.push({ column, other, block: this.#pending, last: null });
    this.#pending = null;
  }
}
