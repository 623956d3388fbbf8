import { isUtf8 } from "node:buffer";
import { gitBytes } from "../io/git.ts";
import type { Entry } from "./entry.ts";
import { markedEntries } from "./marked.ts";

/** A run of entries, as offsets of bytes: from `start` up to, and without, `end`. */
export interface Span {
  start: number;
  end: number;
}

const nul = 0;

/**
 * Reads all paths of a commit at or below a directory with one `git ls-tree`. No content is asked for, so a partial, sparse or
 * shallow clone gives the same as a whole one.
 *
 * @param whole from the repository's root, wherever the directory is
 */
export async function readListing(directory: string, commit: string, whole = false): Promise<Listing> {
  const fromRoot = whole ? ["--full-tree"] : [];
  return new Listing(withoutTypes(await gitBytes(directory, ["ls-tree", "-r", "-z", ...fromRoot, commit])));
}

/**
 * Turns `MODE TYPE ID`, a tab, `PATH` into `MODE ID PATH`, in the same bytes: that is what digests are made of. git's own
 * `--format` could print it, and would put quotes around some names.
 */
function withoutTypes(bytes: Buffer): Buffer {
  const modeLength = "100644 ".length;
  let to = 0;
  for (let at = 0; at < bytes.length; ) {
    const id = bytes.indexOf(" ", at + modeLength) + 1;
    const tab = bytes.indexOf("\t", id);
    const end = bytes.indexOf(nul, tab) + 1;
    bytes[tab] = " ".charCodeAt(0);
    bytes.copyWithin(to, at, at + modeLength);
    bytes.copyWithin(to + modeLength, id, end);
    to += modeLength + end - id;
    at = end;
  }
  return bytes.subarray(0, to);
}

/**
 * The entries of a commit, kept as bytes: `MODE ID PATH` and a NUL each, in the order of the paths' bytes. A folder
 * is a run of bytes that is found by halving, so a hundred thousand paths cost nothing until somebody asks for one.
 */
export class Listing {
  readonly bytes: Buffer;
  /** Where an entry's path begins: ids are as long as the repository's hash. */
  readonly #pathAt: number;
  readonly #offsets = new Map<string, readonly number[]>();

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#pathAt = bytes.indexOf(" ", "100644 ".length) + 1;
  }

  get all(): Span {
    return { start: 0, end: this.bytes.length };
  }

  /** The entry at a path, and all entries below it. Empty where there is nothing. */
  span(path: string): Span {
    if (path === "") return this.all;
    const file = this.#exact(path);
    if (file) return file;
    // `0` follows `/`: all that begins with `path/` stands before it.
    return { start: this.#firstFrom(Buffer.from(`${path}/`)), end: this.#firstFrom(Buffer.from(`${path}0`)) };
  }

  /** What is at a path: an entry, a folder, or nothing. */
  at(path: string): Entry | "folder" | null {
    const file = path === "" ? null : this.#exact(path);
    if (file) return this.#read(file.start, file.end);
    const { start, end } = this.span(path);
    return start < end || path === "" ? "folder" : null;
  }

  /** The entries of a span, in order, each with its own span. */
  *entries({ start, end }: Span): Generator<Entry & { span: Span }, void, void> {
    for (let at = start; at < end; ) {
      const next = this.bytes.indexOf(nul, at) + 1;
      yield { ...this.#read(at, next), span: { start: at, end: next } };
      at = next;
    }
  }

  /** The entries of a mode within a span. */
  *ofMode(mode: "120000" | "160000", { start, end }: Span): Generator<Entry & { span: Span }, void, void> {
    for (const at of this.#offsetsOf(mode)) {
      if (at >= end) return;
      if (at < start) continue;
      const next = this.bytes.indexOf(nul, at) + 1;
      yield { ...this.#read(at, next), span: { start: at, end: next } };
    }
  }

  /** Whether every path of a span is UTF-8: git takes any bytes for a name. */
  isReadable({ start, end }: Span): boolean {
    return isUtf8(this.bytes.subarray(start, end));
  }

  /** Where entries of a mode begin, looked for once: most repositories have few of them, and most components none. */
  #offsetsOf(mode: string): readonly number[] {
    const known = this.#offsets.get(mode);
    if (known) return known;
    const offsets = markedEntries(this.bytes, `${mode} `);
    this.#offsets.set(mode, offsets);
    return offsets;
  }

  #read(start: number, end: number): Entry {
    const text = this.bytes.toString("utf8", start, end - 1);
    const path = this.bytes.toString("utf8", start + this.#pathAt, end - 1);
    return { path, mode: text.slice(0, 6), blob: text.slice(7, this.#pathAt - 1) };
  }

  #exact(path: string): Span | null {
    const key = Buffer.from(path);
    const start = this.#firstFrom(key);
    const end = start + this.#pathAt + key.length;
    if (end >= this.bytes.length || this.bytes[end] !== nul) return null;
    return this.bytes.subarray(start + this.#pathAt, end).equals(key) ? { start, end: end + 1 } : null;
  }

  /** Where the first entry begins whose path is not before the key. */
  #firstFrom(key: Buffer): number {
    let low = 0;
    let high = this.bytes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const start = middle === 0 ? 0 : this.bytes.lastIndexOf(nul, middle - 1) + 1;
      const end = this.bytes.indexOf(nul, start);
      if (this.bytes.compare(key, 0, key.length, start + this.#pathAt, end) < 0) low = end + 1;
      else high = start;
    }
    return low;
  }
}
