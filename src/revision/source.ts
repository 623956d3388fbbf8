import { hash } from "node:crypto";
import { git } from "../io/git.ts";
import type { Finding } from "../model/finding.ts";
import { type SourcePaths, spansOf } from "./cover.ts";
import type { DigestEntry, Entry, SourceFile } from "./entry.ts";
import { readTree } from "./follow.ts";
import { withLinked } from "./linked.ts";
import { type Listing, readListing, type Span } from "./listing.ts";
import { unshippable } from "./shippable.ts";
import { submodulesOf } from "./submodules.ts";

/** A component's files at a commit, sorted by path, and their digest. */
export interface Source {
  /** Where git has the files' contents. */
  repository: string;
  /** What is shipped. In place of links that lead out of the component stands what they lead to. */
  readonly files: readonly SourceFile[];
  /** What the digest is made of: the files, and of a submodule its commit. */
  readonly entries: readonly DigestEntry[];
  digest: string;
  /** Paths outside of the component whose contents are part of it, because links lead there. */
  reached: string[];
  /** Broken links, submodules that are not here, names that are not UTF-8. */
  findings: Finding[];
}

/**
 * Reads what every component is at a commit: one `git ls-tree` for all of them, and the links' texts where there are some.
 * Throws `object-missing` when git does not have, and cannot fetch, what is needed to know.
 *
 * @param directory the manifest's directory, inside the repository; paths are relative to it
 */
export async function readSources(
  directory: string,
  commit: string,
  components: Readonly<Record<string, SourcePaths>>,
): Promise<Record<string, Source>> {
  const listing = await readListing(directory, commit);
  const known = new Map<string, Span[]>();
  const all = Object.entries(components).map(([component, paths]) => {
    return { component, paths, spans: spansOf(listing, paths, known) };
  });
  const special = [...listing.special("120000"), ...listing.special("160000")];
  const isPlain = ({ spans }: { spans: readonly Span[] }) =>
    special.length === 0 || !special.some((number) => spans.some(({ start, end }) => start <= number && number < end));
  const around = all.every(isPlain) ? null : await readAround(directory, commit, listing);
  const sources: Record<string, Source> = {};
  for (const one of all) {
    const { component, paths, spans } = one;
    const findings = unshippable(component, paths, listing, spans, known);
    if (around === null || isPlain(one)) sources[component] = plainSource(directory, listing, one, findings);
    else {
      const linked = await withLinked({ ...one, ...around, listing });
      const digest = digestOf(entryBytes(linked.entries), paths.buildInputs);
      sources[component] = { repository: directory, ...linked, digest, findings: [...linked.findings, ...findings] };
    }
  }
  return sources;
}

/** What is needed where there are links or submodules: the whole repository's paths, which links may lead to. */
async function readAround(directory: string, commit: string, listing: Listing) {
  const prefix = (await git(directory, ["rev-parse", "--show-prefix"])).replace(/\n$/, "");
  const whole = prefix === "" ? listing : await readListing(directory, commit, true);
  return { prefix, tree: await readTree(directory, whole), submodule: submodulesOf(directory, commit) };
}

/** The listing's own bytes are what the digest is made of, so no path is looked at; the files are read when somebody asks. */
function plainSource(
  repository: string,
  listing: Listing,
  { spans, paths }: { spans: readonly Span[]; paths: SourcePaths },
  findings: Finding[],
): Source {
  const [first = Buffer.alloc(0), ...more] = spans.map((span) => listing.bytes(span));
  const bytes = more.length === 0 ? first : Buffer.concat([first, ...more]);
  let files: Entry[] | undefined;
  const read = () => {
    files ??= spans.flatMap((span) => listing.entries(span));
    return files;
  };
  return {
    repository,
    get files() {
      return read();
    },
    get entries() {
      return read();
    },
    digest: digestOf(bytes, paths.buildInputs),
    reached: [],
    findings,
  };
}

/** git names each content, so the names of modes, contents and paths are the content: `MODE ID PATH` and a NUL for each. */
function entryBytes(entries: readonly Entry[]): Buffer {
  return Buffer.from(entries.map(({ mode, blob, path }) => `${mode} ${blob} ${path}\0`).join(""));
}

/** Of the files alone where nothing is built; otherwise of their digest and what shapes the build. */
function digestOf(bytes: Buffer, buildInputs: string | undefined): string {
  const files = `sha256:${hash("sha256", bytes)}`;
  if (buildInputs === undefined) return files;
  return `sha256:${hash("sha256", `${files}\0build inputs\0${buildInputs}`)}`;
}
