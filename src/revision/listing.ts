import { isUtf8 } from "node:buffer";
import { gitBytes } from "../io/git.ts";
import type { Entry } from "./entry.ts";

/** A run of entries, by their numbers: from `start` up to, and without, `end`. */
export interface Span {
  start: number;
  end: number;
}

/** git's modes of entries that are more than a file. */
export type SpecialMode = "120000" | "160000";

/**
 * Reads all paths of a commit at or below a directory with one `git ls-tree`. No content is asked for, so a partial, sparse or
 * shallow clone gives the same as a whole one.
 *
 * @param whole from the repository's root, wherever the directory is
 */
export async function readListing(directory: string, commit: string, whole = false): Promise<Listing> {
  const fromRoot = whole ? ["--full-tree"] : [];
  return new Listing(await gitBytes(directory, ["ls-tree", "-r", "-z", ...fromRoot, commit]));
}

const nul = 0;
const space = " ".charCodeAt(0);
const modeLength = "100644 ".length;
/** `100644 blob`, an id of forty digits, a tab, a name of one byte and a NUL. */
const shortestEntry = 55;

/**
 * The entries of a commit, kept as bytes: `MODE ID PATH` and a NUL each, which is what digests are made of, in the order of
 * the paths' bytes. A folder is a run of entries that is found by halving, so a hundred thousand paths cost little until
 * somebody asks for one.
 */
export class Listing {
  readonly #bytes: Buffer;
  /** Where each entry begins, and last where they end. */
  readonly #starts: Uint32Array;
  /** Where an entry's path begins: ids are as long as the repository's hash. */
  readonly #pathAt: number;
  readonly #special: Record<SpecialMode, number[]> = { "120000": [], "160000": [] };

  /**
   * Takes the types out of what `git ls-tree -r -z` wrote, in the same bytes. git's own `--format` could leave them out, and
   * would put quotes around some names.
   *
   * @param bytes `MODE TYPE ID`, a tab, `PATH` and a NUL for each entry; they are changed
   */
  constructor(bytes: Buffer) {
    const idLength = bytes.indexOf("\t") - modeLength - typeLength(bytes, 0);
    const starts = new Uint32Array(Math.ceil(bytes.length / shortestEntry) + 1);
    let count = 0;
    let to = 0;
    for (let at = 0; at < bytes.length; ) {
      const id = at + modeLength + typeLength(bytes, at);
      const end = bytes.indexOf(nul, id + idLength) + 1;
      if (bytes[at + 1] === "2".charCodeAt(0)) this.#special["120000"].push(count);
      else if (bytes[at + 1] === "6".charCodeAt(0)) this.#special["160000"].push(count);
      starts[count++] = to;
      bytes[id + idLength] = space;
      bytes.copyWithin(to, at, at + modeLength);
      bytes.copyWithin(to + modeLength, id, end);
      to += modeLength + end - id;
      at = end;
    }
    starts[count] = to;
    this.#bytes = bytes.subarray(0, to);
    this.#starts = starts.subarray(0, count + 1);
    this.#pathAt = modeLength + idLength + 1;
  }

  get all(): Span {
    return { start: 0, end: this.#starts.length - 1 };
  }

  /** The entry at a path, and all entries below it. Empty where there is nothing. */
  span(path: string): Span {
    if (path === "") return this.all;
    const key = Buffer.from(path);
    const first = this.#firstFrom(key, 0);
    if (this.#isAt(first, key)) return { start: first, end: first + 1 };
    const start = this.#firstFrom(Buffer.from(`${path}/`), first);
    // `0` follows `/`: all that begins with `path/` stands before it.
    return { start, end: this.#firstFrom(Buffer.from(`${path}0`), start) };
  }

  /** What is at a path: an entry, a folder, or nothing. */
  at(path: string): Entry | "folder" | null {
    if (path === "") return "folder";
    const { start, end } = this.span(path);
    if (start === end) return null;
    return this.#isAt(start, Buffer.from(path)) ? this.entry(start) : "folder";
  }

  entry(number: number): Entry {
    const [start, end] = this.#place(number);
    const id = start + modeLength;
    return {
      path: this.#bytes.toString("utf8", start + this.#pathAt, end - 1),
      mode: this.#bytes.toString("latin1", start, id - 1),
      blob: this.#bytes.toString("latin1", id, start + this.#pathAt - 1),
    };
  }

  /** The entries of a span, in order. */
  entries({ start, end }: Span): Entry[] {
    return Array.from({ length: end - start }, (_, index) => this.entry(start + index));
  }

  /** The entries of a span as digests take them. */
  bytes({ start, end }: Span): Buffer {
    return this.#bytes.subarray(this.#starts[start], this.#starts[end]);
  }

  /** The numbers of the entries of a mode. */
  special(mode: SpecialMode): readonly number[] {
    return this.#special[mode];
  }

  /** Whether every path of a span is UTF-8: git takes any bytes for a name. */
  isReadable(span: Span): boolean {
    return isUtf8(this.bytes(span));
  }

  #place(number: number): [start: number, end: number] {
    return [this.#starts[number] ?? 0, this.#starts[number + 1] ?? 0];
  }

  #isAt(number: number, key: Buffer): boolean {
    return number < this.all.end && this.#compare(number, key) === 0;
  }

  #compare(number: number, key: Buffer): number {
    const [start, end] = this.#place(number);
    return this.#bytes.compare(key, 0, key.length, start + this.#pathAt, end - 1);
  }

  /** The number of the first entry, from a given one on, whose path is not before the key. Looks near that one first. */
  #firstFrom(key: Buffer, from: number): number {
    let low = from;
    let high = this.all.end;
    for (let step = 16; from > 0 && low + step < high; step *= 4) {
      if (this.#compare(low + step, key) >= 0) high = low + step;
      else low += step + 1;
    }
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(middle, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** `blob ` or `commit `: with -r there are no others. */
function typeLength(bytes: Buffer, entry: number): number {
  return bytes[entry + modeLength] === "c".charCodeAt(0) ? "commit ".length : "blob ".length;
}
