import { posix } from "node:path";
import type { Finding } from "../model/finding.ts";
import { coveredBy } from "../util/covered-by.ts";
import { holds, type SourcePaths } from "./cover.ts";
import type { DigestEntry, Entry, SourceFile } from "./entry.ts";
import { follow, type Tree, type Way } from "./follow.ts";
import type { Listing, Span } from "./listing.ts";
import { innerFiles, type SubmoduleFinder } from "./submodules.ts";
import { brokenLink, endlessLink, missingSubmodule, wayOut } from "./unsound.ts";

/** A component whose files alone are not all that it is: it has links or submodules. */
export interface LinkedSource {
  component: string;
  paths: SourcePaths;
  /** Below the manifest's directory. */
  listing: Listing;
  spans: readonly Span[];
  /** From the repository's root. */
  tree: Tree;
  /** The manifest's directory, relative to the root; empty, or ending with `/`. */
  prefix: string;
  submodule: SubmoduleFinder;
}

/** What such a component is made of, and what is shipped of it. */
export interface Linked {
  entries: DigestEntry[];
  files: SourceFile[];
  /** Paths outside of the component whose contents are part of it, relative to the manifest's directory. */
  reached: string[];
  findings: Finding[];
}

/** One link may bring a whole tree, and links in it further ones: beyond this a component is taken to have no end. */
const mostEntries = 200_000;

/**
 * Puts what links lead to in the place of those that lead out of the component: there the release would hold nothing.
 * Links that stay within it, and those that lead to nothing, stay links. A submodule is one entry of the digest, its commit,
 * so that the digest is the same whether it was fetched or not; shipped are its files.
 */
export async function withLinked(source: LinkedSource): Promise<Linked> {
  const laid: Linked = { entries: [], files: [], reached: [], findings: [] };
  for (const span of source.spans) {
    for (const entry of source.listing.entries(span)) {
      const link = { ...entry, path: source.prefix + entry.path };
      if (entry.mode === "160000") await laySubmodule(entry.path, link, "", source, laid);
      else if (entry.mode === "120000") await layLink(entry.path, link, null, [], source, laid);
      else lay(entry, laid);
    }
  }
  const sorted = <Kind extends Entry>(list: Kind[]) =>
    list
      .map((entry) => ({ entry, key: Buffer.from(entry.path) }))
      .sort((a, b) => a.key.compare(b.key))
      .map(({ entry }) => entry);
  return { ...laid, entries: sorted(laid.entries), files: sorted(laid.files), reached: [...new Set(laid.reached)] };
}

function lay(entry: DigestEntry, laid: Linked): void {
  laid.entries.push(entry);
  laid.files.push({ path: entry.path, mode: entry.mode, blob: entry.blob });
}

/**
 * @param path where the link is laid, relative to the manifest's directory
 * @param link the link where it stands, from the root
 * @param folder the folder that is laid as a whole, with the link in it; null for the component itself
 * @param open the folders that are being laid
 */
async function layLink(
  path: string,
  link: Entry,
  folder: string | null,
  open: readonly string[],
  source: LinkedSource,
  laid: Linked,
): Promise<void> {
  const way = follow(source.tree, link);
  const text = source.tree.links.get(link.blob) ?? "";
  const asLink = (finding?: Finding | null) => {
    lay({ path, mode: link.mode, blob: link.blob }, laid);
    if (finding) laid.findings.push(finding);
  };
  if (way.ends === "outside") return asLink(wayOut(source.component, path, text));
  if (way.ends === "nowhere" || way.ends === "loop") return asLink(brokenLink(source.component, path, text, way.ends));
  if (folder === null ? staysInComponent(way, source) : staysIn(folder, way)) return asLink();
  if (isLeftOut(endOf(way), source)) return asLink(brokenLink(source.component, path, text, "left out"));
  laid.reached.push(...[endOf(way), ...way.links].map((each) => fromManifest(each, source.prefix)));
  if (way.ends === "submodule") {
    laid.entries.push({ path, mode: link.mode, blob: link.blob });
    const found = await laySubmodule(path, way.entry, posix.normalize(way.inside), source, laid);
    if (found) return;
    laid.files.push({ path, mode: link.mode, blob: link.blob });
    laid.findings.push(brokenLink(source.component, path, text, "nowhere"));
    return;
  }
  if (way.ends === "file") return lay({ ...way.entry, path, from: fromManifest(way.entry.path, source.prefix) }, laid);
  const around = [...open, posix.dirname(link.path)];
  const isEndless = around.some((inside) => isAtOrBelow(inside, way.path)) || laid.entries.length > mostEntries;
  if (isEndless) return asLink(endlessLink(source.component, path, text));
  await layFolder(path, way.path, [...open, way.path], source, laid);
}

async function layFolder(
  path: string,
  folder: string,
  open: readonly string[],
  source: LinkedSource,
  laid: Linked,
): Promise<void> {
  const { listing } = source.tree;
  for (const entry of listing.entries(listing.span(folder))) {
    const at = `${path}/${folder === "" ? entry.path : entry.path.slice(folder.length + 1)}`;
    if (isExcluded(at, source.paths) || isLeftOut(entry.path, source)) continue;
    if (entry.mode === "160000") await laySubmodule(at, entry, "", source, laid);
    else if (entry.mode === "120000") await layLink(at, entry, folder, open, source, laid);
    else lay({ ...entry, path: at, from: fromManifest(entry.path, source.prefix) }, laid);
  }
}

/** False when the submodule is known and has nothing below that path. */
async function laySubmodule(
  path: string,
  gitlink: Entry,
  below: string,
  source: LinkedSource,
  laid: Linked,
): Promise<boolean> {
  const { component, paths } = source;
  const start = below === "." ? "" : below;
  const { files, missing, links } = await innerFiles(source.submodule, gitlink, start);
  const at = (inner: string) =>
    inner === start ? path : `${path}/${start === "" ? inner : inner.slice(start.length + 1)}`;
  laid.entries.push({ path, mode: gitlink.mode, blob: gitlink.blob });
  const shipped = files
    .map((file) => ({ ...file, path: at(file.path) }))
    .filter((file) => !isExcluded(file.path, paths));
  laid.files.push(...shipped);
  laid.findings.push(
    ...missing
      .filter((inner) => !isExcluded(at(inner.path), paths))
      .map((inner) =>
        missingSubmodule(component, at(inner.path), fromManifest(gitlink.path, source.prefix), inner.why),
      ),
    ...links
      .filter((link) => !isExcluded(at(link.path), paths))
      .map(({ path: inner, way }) =>
        way.ends === "outside"
          ? wayOut(component, at(inner), "a place outside of its submodule")
          : brokenLink(component, at(inner), "", way.ends === "loop" ? "loop" : "nowhere"),
      ),
  );
  return files.length > 0 || missing.length > 0 || start === "";
}

/** Whether a link works in the release as it does in the repository: its way and its end are all part of the component. */
function staysInComponent(way: Way, source: LinkedSource): boolean {
  const { prefix, listing, spans, paths } = source;
  const isIn = (path: string, least: "some" | "all"): boolean => {
    if (`${path}/` === prefix || (path === "" && prefix === "")) return least === "some";
    if (!path.startsWith(prefix)) return false;
    const held = holds(spans, listing.span(path.slice(prefix.length)));
    return held === "all" || held === least;
  };
  if (![...way.folders, ...way.links].every((path) => isIn(path, "some"))) return false;
  if (way.ends === "submodule") return isIn(way.entry.path, "all");
  if (way.ends === "file") return isIn(way.entry.path, "all");
  if (way.ends !== "folder") return false;
  const inside = way.path.startsWith(prefix) || `${way.path}/` === prefix;
  if (!inside) return false;
  const span = listing.span(way.path.slice(prefix.length));
  if (holds(spans, span) === "all") return true;
  for (let number = span.start; number < span.end; number += 1)
    if (holds(spans, { start: number, end: number + 1 }) === "none" && !isExcluded(listing.entry(number).path, paths))
      return false;
  return holds(spans, span) !== "none";
}

function staysIn(folder: string, way: Way): boolean {
  return [...way.folders, ...way.links, endOf(way)].every((path) => isAtOrBelow(path, folder));
}

function endOf(way: Way): string {
  if (way.ends === "file" || way.ends === "submodule") return way.entry.path;
  return way.ends === "folder" ? way.path : "";
}

function isAtOrBelow(path: string, folder: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}

/** Whether the component says that what stands at a path, from the root, is not to be part of it. */
function isLeftOut(path: string, { prefix, paths }: LinkedSource): boolean {
  return path.startsWith(prefix) && isExcluded(path.slice(prefix.length), paths);
}

function isExcluded(path: string, { exclude }: SourcePaths): boolean {
  return exclude.some((pattern) => coveredBy(pattern, path));
}

function fromManifest(path: string, prefix: string): string {
  return posix.relative(`/${prefix}`, `/${path}`) || ".";
}
