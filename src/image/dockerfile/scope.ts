import { expandWord } from "./expand.ts";

/** Build arguments whose values the builder knows and we do not (docs.docker.com, "Automatic platform ARGs"). */
export const platformArguments: readonly string[] = [
  ...["TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT"],
  ...["BUILDPLATFORM", "BUILDOS", "BUILDARCH", "BUILDVARIANT"],
];

/** Variables that images of a system or a language come with. */
const fromPlainImages = /^(?:PATH|LANG|GPG_KEY|HOME|PYTHON_.*|NODE_.*|YARN_VERSION|LAMBDA_.*)$/;

/** A text as far as it is known, and the build arguments that it hangs on where it is not. */
export interface Value {
  text: string | null;
  /** Empty for a value that is known, and for one that the base image sets. */
  needs: readonly string[];
}

/** The variables that an instruction sees, while the stage goes on. */
export class Scope {
  readonly env: Map<string, Value>;
  readonly #args: Map<string, Value>;
  readonly #given: Readonly<Record<string, string>>;
  readonly #escaping: string;
  /** Whether a variable that nothing here sets may be one of the base image's. */
  readonly #maybeInBase: (name: string) => boolean;

  constructor(
    given: Readonly<Record<string, string>>,
    escaping: string,
    parent: Scope | "plain" | "unknown" | "scratch",
  ) {
    this.#given = given;
    this.#escaping = escaping;
    this.env = new Map(parent instanceof Scope ? parent.env : []);
    this.#args = new Map(parent instanceof Scope ? parent.#args : []);
    this.#maybeInBase =
      parent instanceof Scope
        ? parent.#maybeInBase
        : (name) => parent === "unknown" || (parent === "plain" && fromPlainImages.test(name));
  }

  /** Declares a build argument. Without a value it is what was given, or what `outer` has; it is needed when there is neither. */
  declare(name: string, fallback: Value | null, outer?: Scope): void {
    const given = Object.hasOwn(this.#given, name) ? this.#given[name] : undefined;
    const value = given === undefined ? (fallback ?? outer?.argument(name) ?? needed(name)) : known(given);
    this.#args.set(name, value);
  }

  argument(name: string): Value | null {
    return this.#args.get(name) ?? null;
  }

  /** What a name stands for: ENV goes before ARG. */
  #valueOf(name: string): Value {
    const own = this.env.get(name) ?? this.#args.get(name);
    if (own) return own;
    return this.#maybeInBase(name) ? { text: null, needs: [] } : known("");
  }

  /** Expands a word. `mistake`: what the builder would refuse it for. */
  expand(word: string): Value & { mistake: string | null; variables: readonly string[] } {
    const lookup = (name: string) => {
      if (!this.env.has(name) && !this.#args.has(name) && !this.#maybeInBase(name)) return undefined;
      return this.#valueOf(name).text;
    };
    const { text, unknown, mistake } = expandWord(word, this.#escaping, lookup);
    const needs = [...new Set(unknown.flatMap((name) => this.#valueOf(name).needs))];
    return { text: unknown.length > 0 || mistake !== null ? null : text, needs, mistake, variables: unknown };
  }
}

function known(text: string): Value {
  return { text, needs: [] };
}

function needed(name: string): Value {
  return { text: null, needs: [name] };
}
