/**
 * A variable's value: null when it is set and not known, undefined when it is not set. `0` to `9` are what the script is, and
 * what it is given.
 */
export type ShellLookup = (name: string) => string | null | undefined;

/** Whether a command runs: `perhaps` under a condition that can't be decided; `handled` where the shell goes on when it fails. */
export type ShellRuns = "surely" | "perhaps" | "handled";

interface Level {
  /** The word that opened it. */
  word: string;
  /** Whether what stands in it now runs for sure. */
  taken: boolean;
  /** Whether an earlier branch of it does; null when that can't be told. */
  earlier: boolean | null;
  /** Where the condition begins. */
  from: number;
  /** Of a `case`: what is compared; null when it is not known. */
  subject: string | null;
  /** Of a `case`: what is read next. */
  expects: "subject" | "in" | "pattern" | "commands";
  isFunction: boolean;
}

/**
 * The compound commands that a place in a shell text stands in. Of conditions only those are decided that hang on what the
 * script is given, such as `case "$1" in`: the environment of a container is another one in each place where it runs.
 */
export class Nest {
  readonly #levels: Level[] = [];
  readonly #lookup: ShellLookup;
  /** Whether a function's name and `()` stand before. */
  #defines = false;

  constructor(lookup: ShellLookup) {
    this.#lookup = lookup;
  }

  get inFunction(): boolean {
    return this.#levels.some(({ isFunction }) => isFunction);
  }

  /** Whether what stands here runs for sure, when the whole text does; what a function holds is taken for called. */
  get taken(): boolean {
    return this.#levels.every(({ taken }) => taken);
  }

  /** Whether that is so, and nothing but decided conditions are around it. */
  get sure(): boolean {
    return this.#levels.every(({ taken, word }) => taken && (word === "if" || word === "case"));
  }

  get expects(): Level["expects"] {
    return this.#levels.at(-1)?.expects ?? "commands";
  }

  isIn(word: string): boolean {
    return this.#levels.at(-1)?.word === word;
  }

  define(): void {
    if (this.isIn("function")) this.close();
    this.#defines = true;
  }

  /** @param at behind the word. */
  open(word: string, at: number): void {
    const groups = word === "{" || word === "(" || word === "function";
    const isFunction = word === "function" || (groups && this.#defines);
    const expects = word === "case" ? "subject" : "commands";
    this.#levels.push({ word, taken: groups, earlier: false, from: at, subject: null, expects, isFunction });
    this.#defines = false;
  }

  close(): void {
    this.#levels.pop();
  }

  /** `then`, `elif` and `else`. `from`, `at`: where the word begins, and ends. */
  between(word: string, text: string, from: number, at: number): void {
    const level = this.#levels.at(-1);
    if (level?.word !== "if") return;
    if (word === "then") this.#branch(level, this.#condition(text.slice(level.from, Math.min(from, level.from + 200))));
    else if (word === "else") this.#branch(level, true);
    else if (word === "elif") {
      level.taken = false;
      level.from = at;
    }
  }

  /** What a `case` compares, as written. */
  compare(written: string): void {
    const level = this.#levels.at(-1);
    if (!level) return;
    level.subject = this.#argument(new RegExp(`^${argument}$`).exec(written)?.slice(1) ?? []);
    level.expects = "in";
  }

  expectPattern(): void {
    const level = this.#levels.at(-1);
    if (level?.word === "case") level.expects = "pattern";
  }

  /** A branch of a `case`, by its patterns; null for one that is not read. */
  match(patterns: readonly (string | null)[]): void {
    const level = this.#levels.at(-1);
    if (!level) return;
    const { subject } = level;
    const one = (pattern: string | null) =>
      pattern === "*" ? true : pattern === null || subject === null ? null : pattern === subject;
    const all = patterns.map(one);
    this.#branch(level, all.includes(true) ? true : all.includes(null) ? null : false);
    level.expects = "commands";
  }

  #branch(level: Level, holds: boolean | null): void {
    level.taken = holds === true && level.earlier === false;
    if (level.earlier === false && holds !== false) level.earlier = holds;
  }

  /** `[ "$1" = web ]`, and `-z` and `-n`. */
  #condition(written: string): boolean | null {
    const [whole, ...parts] = simpleTest.exec(written.replace(/\s+/g, " ").trim()) ?? [];
    if (whole === undefined) return null;
    const value = this.#argument(parts.slice(0, 2));
    const tested = this.#argument(parts.slice(6, 8));
    const [, , operator, , literal, size] = parts;
    if (size !== undefined) return tested === null ? null : (size === "-z") === (tested === "");
    return value === null ? null : (operator !== "!=") === (value === literal);
  }

  /** The value of `$1`, from its number and what stands for it when it is empty. */
  #argument([number, fallback = ""]: readonly (string | undefined)[]): string | null {
    if (number === undefined || this.inFunction) return null;
    const value = this.#lookup(number);
    return value === null ? null : value || fallback;
  }
}

const argument = String.raw`"?\$\{?([1-9])(?::?-([\w./:-]*))?\}?"?`;
const simpleTest = new RegExp(
  String.raw`^(?:\[\[?|test) (?:${argument} (==?|!=) (["']?)([\w./:-]*)\4|(-[zn]) ${argument})(?: \]\]?)? ?;?$`,
);
