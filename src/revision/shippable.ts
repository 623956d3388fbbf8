import type { Finding } from "../model/finding.ts";
import { coveredBy } from "../util/covered-by.ts";
import { fixedFolder, holds, plainPath, type SourcePaths } from "./cover.ts";
import type { Listing, Span } from "./listing.ts";

/**
 * What of a component's paths makes it impossible to ship, or other than its author believes.
 *
 * @param spans what of the listing is the component
 * @param known what its patterns cover in the listing, by pattern
 */
export function unshippable(
  component: string,
  paths: SourcePaths,
  listing: Listing,
  spans: readonly Span[],
  known: ReadonlyMap<string, readonly Span[]>,
): Finding[] {
  const finding = (code: Finding["code"], message: string): Finding => ({ code, level: "block", component, message });
  // git gives names as bytes; what is not UTF-8 could not be told apart once it is text.
  const nameless = spans
    .filter((span) => !listing.isReadable(span))
    .flatMap(({ start, end }) => Array.from({ length: end - start }, (_, index) => start + index))
    .filter((number) => !listing.isReadable({ start: number, end: number + 1 }))
    .map((number) => listing.entry(number))
    .map(({ path }) => finding("bad-file-name", `the name of ${path} is not UTF-8, so it cannot be shipped as it is`));
  const isEmpty = (pattern: string) =>
    !known.get(plainPath(pattern))?.some((span) => span.start < span.end && holds(spans, span) !== "none");
  const unmatched = paths.source
    .filter(isEmpty)
    .map((entry) => finding("empty-source", `no file of the commit is under \`${entry}\`, a source of ${component}`));
  return [...nameless, ...unmatched, ...missedSubmodules(component, paths, listing, spans)];
}

/** A pattern names files, and a commit lists none of a submodule: one that it reaches into by `**` would be left out silently. */
function missedSubmodules(
  component: string,
  { source, exclude }: SourcePaths,
  listing: Listing,
  spans: readonly Span[],
): Finding[] {
  const deep = source.map(plainPath).filter((pattern) => pattern.includes("**"));
  if (deep.length === 0) return [];
  return listing
    .special("160000")
    .filter((number) => holds(spans, { start: number, end: number + 1 }) === "none")
    .map((number) => listing.entry(number).path)
    .filter((file) => !exclude.some((pattern) => coveredBy(pattern, file)))
    .flatMap((file): Finding[] => {
      const pattern = deep.find((each) => coveredBy(fixedFolder(each), file));
      if (pattern === undefined) return [];
      const message = `\`${pattern}\` does not look into the submodule ${file}: its files are not part of ${component}`;
      const fix = `name ${file} in \`source\` or in \`exclude\``;
      return [{ code: "submodule-unsupported", level: "warning", component, file, message, fix }];
    });
}
