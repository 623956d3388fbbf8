import { Refused } from "./refused.ts";

/** What CPython's tokenizer takes (MAXFSTRINGLEVEL). */
const mostFields = 150;

/** Finds the ends of string literals (The Python Language Reference, 2.4; PEP 701 for what stands in braces of an f-string). */
export class Strings {
  readonly #text: string;
  #fields = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The offset behind a literal whose quote stands at `at`. Throws `Refused` when it does not end. */
  end(at: number, prefix: string): number {
    const text = this.#text;
    const quote = text[at] ?? "";
    const triple = text.startsWith(quote.repeat(3), at);
    const mark = triple ? quote.repeat(3) : quote;
    const formatted = /[ft]/i.test(prefix);
    return formatted ? this.#formatted(at + mark.length, mark, /r/i.test(prefix)) : this.#plain(at + mark.length, mark);
  }

  #plain(from: number, mark: string): number {
    const text = this.#text;
    const quote = mark.charCodeAt(0);
    const triple = mark.length === 3;
    for (let at = from; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === 92) {
        if (text.charCodeAt(at + 1) === 13 && text.charCodeAt(at + 2) === 10) at += 1;
        at += 1;
      } else if (code === quote && (!triple || text.startsWith(mark, at))) return at + mark.length;
      else if (!triple && (code === 10 || code === 13)) break;
    }
    throw new Refused("a string is not closed");
  }

  #formatted(from: number, mark: string, raw: boolean): number {
    const text = this.#text;
    for (let at = from; at < text.length; at++) {
      const character = text[at] ?? "";
      if (character === "\\") {
        if (!raw && text.startsWith("N{", at + 1)) at = this.#behind("}", at);
        // A backslash does not take a brace away from the field that it begins.
        else if (text[at + 1] !== "{" && text[at + 1] !== "}") at += text.startsWith("\r\n", at + 1) ? 2 : 1;
      } else if (text.startsWith(mark, at)) return at + mark.length;
      else if (character === "{") {
        if (text[at + 1] === "{") at += 1;
        else at = this.#field(at + 1, mark) - 1;
      } else if (mark.length === 1 && (character === "\n" || character === "\r")) break;
    }
    throw new Refused("a string is not closed");
  }

  #behind(end: string, at: number): number {
    const found = this.#text.indexOf(end, at);
    return found < 0 ? this.#text.length : found;
  }

  /** A replacement field: an expression, then perhaps a conversion and a format, in which there may be fields again. */
  #field(from: number, mark: string): number {
    if (this.#fields === mostFields) throw new Refused("braces in strings are nested too deep");
    this.#fields += 1;
    const end = this.#fieldEnd(from, mark);
    this.#fields -= 1;
    return end;
  }

  #fieldEnd(from: number, mark: string): number {
    const text = this.#text;
    let depth = 0;
    for (let at = from; at < text.length; at++) {
      const character = text[at] ?? "";
      if (character === "}" && depth === 0) return at + 1;
      if ("([{".includes(character)) depth += 1;
      else if (")]}".includes(character)) depth -= 1;
      else if (character === '"' || character === "'") {
        // Before PEP 701 the string's own quotes ended it in any case.
        if (text.startsWith(mark, at) && this.#closesHere(at, mark))
          throw new Refused("a brace in a string is not closed");
        const prefix = /(?:^|[^\w])([bruft]{1,2})$/i.exec(text.slice(Math.max(0, at - 3), at))?.[1] ?? "";
        at = this.end(at, prefix) - 1;
      } else if (character === "#") at = this.#behind("\n", at) - 1;
      else if (character === ":" && depth === 0) return this.#format(at + 1, mark);
    }
    throw new Refused("a brace in a string is not closed");
  }

  /** Whether a quote inside of braces can only be the string's own end: nothing follows that would close the braces. */
  #closesHere(at: number, mark: string): boolean {
    const line = this.#text.slice(at, this.#behind("\n", at));
    return mark.length === 1 && !line.slice(1).includes(mark);
  }

  #format(from: number, mark: string): number {
    const text = this.#text;
    for (let at = from; at < text.length; at++) {
      const character = text[at] ?? "";
      if (character === "}") return at + 1;
      if (character === "{") at = this.#field(at + 1, mark) - 1;
      else if (text.startsWith(mark, at)) break;
    }
    throw new Refused("a brace in a string is not closed");
  }
}
