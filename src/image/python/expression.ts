import { posix } from "node:path";

/** What a path expression may hang on. */
export interface PathWorld {
  /** `__file__` of the module. */
  file: string;
  cwd: string;
  /** What the container's environment holds; null: unknown; undefined: not set. */
  env: (name: string) => string | null | undefined;
  /** The right side of the only assignment to a name at module level. */
  variable: (name: string) => string | null;
}

/**
 * The value of an expression that makes a path or another text, as far as it can be computed without running it: literals,
 * `__file__`, os.path, pathlib, the environment. Null for anything else.
 */
export function evaluate(expression: string, world: PathWorld): string | null {
  const reader = new Reader(expression, world, { left: mostSteps });
  const value = reader.sum();
  return value !== null && reader.atEnd() ? value : null;
}

/** Values that one expression may take, so that variables which name each other end. */
const mostSteps = 200;

class Reader {
  readonly #text: string;
  readonly #world: PathWorld;
  readonly #budget: { left: number };
  #at = 0;

  constructor(text: string, world: PathWorld, budget: { left: number }) {
    this.#text = text;
    this.#world = world;
    this.#budget = budget;
  }

  atEnd(): boolean {
    this.#blanks();
    return this.#at >= this.#text.length;
  }

  /** `a + b`, `a / b`, and texts that stand side by side. */
  sum(): string | null {
    let value = this.#value();
    for (;;) {
      this.#blanks();
      const character = this.#text[this.#at];
      if (value === null || (character !== "+" && character !== "/")) return value;
      this.#at += 1;
      const next = this.#value();
      if (next === null) return null;
      value =
        character === "+"
          ? value + next
          : posix.resolve("/", value) === value
            ? posix.resolve(value, next)
            : posix.join(value, next);
    }
  }

  #value(): string | null {
    if (this.#budget.left === 0) return null;
    this.#budget.left -= 1;
    this.#blanks();
    const rest = this.#text.slice(this.#at);
    let value: string | null = null;
    const [literal, quote] = /^[rRuU]?("""|'''|"|')/.exec(rest) ?? [];
    if (literal !== undefined && quote !== undefined) value = this.#literals();
    else if (rest.startsWith("(")) {
      this.#at += 1;
      value = this.sum();
      if (!this.#take(")")) return null;
    } else {
      const [name] = /^[A-Za-z_][\w.]*/.exec(rest) ?? [];
      if (name === undefined) return null;
      this.#at += name.length;
      value = this.#named(name);
    }
    return value === null ? null : this.#attributes(value);
  }

  #literals(): string | null {
    let whole = "";
    for (;;) {
      this.#blanks();
      const [literal, , body] = /^[rRuU]?("""|'''|"|')((?:\\.|(?!\1)[^\\])*)\1/s.exec(this.#text.slice(this.#at)) ?? [];
      if (literal === undefined) return whole;
      if (body?.includes("\\")) return null;
      this.#at += literal.length;
      whole += body ?? "";
    }
  }

  #named(name: string): string | null {
    const { file, cwd, env } = this.#world;
    if (name === "__file__") return file;
    const method = /^(.+?)\.((?:parent|parents|resolve|absolute|as_posix|joinpath|expanduser)(?:\..*)?)$/.exec(name);
    if (method?.[1] !== undefined && method[2] !== undefined && !/^(?:os|pathlib)$/.test(method[1])) {
      this.#at -= method[2].length + 1;
      return this.#variable(method[1]);
    }
    const last = name.split(".").at(-1) ?? "";
    if (last === "pardir") return "..";
    if (last === "curdir") return ".";
    if (last === "sep" && name !== "sep") return "/";
    this.#blanks();
    if (this.#text[this.#at] === "[") return name.endsWith("environ") ? this.#environ(env) : null;
    if (this.#text[this.#at] !== "(") return this.#variable(name);
    this.#at += 1;
    if (/(?:^|\.)(?:getenv|environ\.get)$/.test(name)) return this.#getenv(env);
    const args = this.#arguments();
    if (args === null) return null;
    const [first = null] = args;
    if (last === "getcwd" || name === "Path.cwd" || name === "pathlib.Path.cwd") return cwd;
    if (last === "dirname") return first === null ? null : posix.dirname(first);
    if (last === "abspath" || last === "realpath") return first === null ? null : posix.resolve(cwd, first);
    if (last === "normpath") return first === null ? null : posix.normalize(first);
    if (last === "join" && args.length > 0)
      return args.reduce((path, part) => (part.startsWith("/") ? part : posix.join(path, part)));
    if (last === "str" || last === "fspath" || last === "expanduser") return first;
    if (last === "Path" || last === "PurePath" || last === "PosixPath")
      return args.length === 0 ? "." : posix.join(...args);
    return null;
  }

  #getenv(env: PathWorld["env"]): string | null {
    const args = this.#arguments(true);
    const [name, fallback] = args ?? [];
    if (name === undefined) return null;
    const value = env(name);
    return value === undefined ? (fallback ?? null) : value;
  }

  #environ(env: PathWorld["env"]): string | null {
    this.#at += 1;
    const name = this.sum();
    return name !== null && this.#take("]") ? (env(name) ?? null) : null;
  }

  #variable(name: string): string | null {
    const assigned = this.#world.variable(name);
    if (assigned === null) return null;
    const reader = new Reader(assigned, this.#world, this.#budget);
    const value = reader.sum();
    return value !== null && reader.atEnd() ? value : null;
  }

  /** What follows a path: `.parent`, `.parents[1]`, `.resolve()`, `[0]` of os.path.split is not read. */
  #attributes(given: string): string | null {
    let value = given;
    for (;;) {
      const [whole, attribute, index, call] =
        /^\s*\.(parent|parents|resolve|absolute|as_posix|joinpath|expanduser)\b(?:\s*\[\s*(\d+)\s*\]|\s*(\())?/.exec(
          this.#text.slice(this.#at),
        ) ?? [];
      if (whole === undefined) return value;
      this.#at += whole.length;
      const args = call === undefined ? [] : this.#arguments();
      if (args === null) return null;
      if (attribute === "parent") value = posix.dirname(value);
      else if (attribute === "parents") {
        if (index === undefined) return null;
        for (let up = 0; up <= Number(index); up++) value = posix.dirname(value);
      } else if (attribute === "joinpath") value = posix.join(value, ...args);
      else if (attribute !== "as_posix") value = posix.resolve(this.#world.cwd, value);
    }
  }

  /** Up to the closing bracket. Null when one of them can't be computed; with `lenient` the rest is then left out. */
  #arguments(lenient = false): string[] | null {
    const values: string[] = [];
    if (this.#take(")")) return values;
    for (;;) {
      const value = this.sum();
      if (value === null) return lenient && values.length > 0 && this.#skipTo(")") ? values : null;
      values.push(value);
      if (this.#take(")")) return values;
      if (this.#take("=")) return null;
      if (!this.#take(",")) return null;
      if (this.#take(")")) return values;
    }
  }

  #skipTo(end: string): boolean {
    const found = this.#text.indexOf(end, this.#at);
    if (found < 0) return false;
    this.#at = found + 1;
    return true;
  }

  #take(character: string): boolean {
    this.#blanks();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #blanks(): void {
    for (;;) {
      while (/\s/.test(this.#text[this.#at] ?? "")) this.#at += 1;
      if (this.#text.startsWith("\\\n", this.#at)) this.#at += 2;
      else if (this.#text[this.#at] === "#") {
        const end = this.#text.indexOf("\n", this.#at);
        this.#at = end < 0 ? this.#text.length : end;
      } else return;
    }
  }
}
