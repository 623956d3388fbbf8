import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isSource, type SourcePaths, spansOf } from "./cover.ts";
import { Listing, type Span } from "./listing.ts";
import { ownersOf } from "./owners.ts";

/** What `git ls-tree -r -z` writes: its order is that of the paths' bytes. */
function listingOf(paths: readonly string[]): Listing {
  const sorted = [...new Set(paths)].map((path) => Buffer.from(path)).sort(Buffer.compare);
  const blob = "0".repeat(40);
  return new Listing(
    Buffer.concat(sorted.flatMap((path) => [Buffer.from(`100644 blob ${blob}\t`), path, Buffer.from("\0")])),
  );
}

const own = (listing: Listing, paths: SourcePaths, known = new Map<string, Span[]>()) =>
  spansOf(listing, paths, known).flatMap((span) => listing.entries(span).map(({ path }) => path));

/** Names that stand before and after `/` in the order of bytes, and such as JavaScript's own order would put elsewhere. */
const name = fc.constantFrom("a", "a-b", "a.py", "a0", "b", "é", "\u{1F600}", "\uFF5E", "x y", '"q"', "*");
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
/** No path is both a file and a folder. */
const tree = fc
  .array(path, { maxLength: 80 })
  .map((paths) => paths.filter((one) => !paths.some((other) => other.startsWith(`${one}/`))));
const pattern = fc.oneof(
  path,
  path.map((plain) => `./${plain}/`),
  fc.constantFrom(".", "**", "*", "a/*", "**/*.py", "{a,b}/**", "a/**/b", "*.py", "./", "a/[ab]"),
);
const paths = fc.record({
  source: fc.array(pattern, { minLength: 1, maxLength: 3 }),
  exclude: fc.array(pattern, { maxLength: 2 }),
});

describe("the entries of a component", () => {
  it("are those of which each by itself is its source, in the order of the listing, each once", () => {
    fc.assert(
      fc.property(tree, paths, (files, component) => {
        const listing = listingOf(files);
        const expected = listing.entries(listing.all).map((entry) => entry.path);
        assert.deepEqual(
          own(listing, component),
          expected.filter((file) => isSource(file, component)),
        );
      }),
    );
  });

  it("are the same when other components with the same patterns were asked for before", () => {
    fc.assert(
      fc.property(tree, paths, paths, (files, first, second) => {
        const listing = listingOf(files);
        const known = new Map<string, Span[]>();
        own(listing, first, known);
        assert.deepEqual(own(listing, second, known), own(listing, second));
      }),
    );
  });

  it("are found one by one too: a path belongs to those components whose source it is", () => {
    fc.assert(
      fc.property(path, fc.array(paths, { maxLength: 5 }), (file, all) => {
        const components = Object.fromEntries(all.map((one, index) => [`c${index}`, one]));
        const expected = Object.keys(components).filter((key) => isSource(file, components[key] ?? assert.fail()));
        assert.deepEqual(ownersOf(components)(file).sort(), expected);
      }),
    );
  });

  it("are told apart in a commit of any size: a file, a folder, and nothing", () => {
    fc.assert(
      fc.property(tree, path, (files, asked) => {
        const found = listingOf(files).at(asked);
        if (files.includes(asked)) assert.equal(typeof found === "object" && found?.path, asked);
        else if (files.some((file) => file.startsWith(`${asked}/`))) assert.equal(found, "folder");
        else assert.equal(found, null);
      }),
    );
  });

  it("are all there in folders of any size, one behind the other", () => {
    const sizes = Array.from({ length: 150 }, (_, index) => index + 1);
    const folder = (size: number) => `f${String(size).padStart(3, "0")}`;
    const files = sizes.flatMap((size) => Array.from({ length: size }, (_, file) => `${folder(size)}/${file}`));
    const listing = listingOf(files);
    for (const size of sizes) {
      const { start, end } = listing.span(folder(size));
      assert.equal(end - start, size);
      for (const number of [start, end - 1]) assert.ok(listing.entry(number).path.startsWith(`${folder(size)}/`));
    }
  });
});
