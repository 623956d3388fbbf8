import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { LoadedManifest } from "../manifest/load.ts";
import { coveredBy } from "../util/covered-by.ts";
import { emptySources } from "./working-files.ts";

describe("a source without a file", () => {
  const name = fc.constantFrom("a", "b", "c");
  const file = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
  const patterns = fc.constantFrom(".", "./", "*", "a/*", "**/b", "a/{b,c}");
  const entry = fc.oneof(
    file,
    file.map((path) => `./${path}/`),
    patterns,
  );

  it("is told wherever asking each file would tell it, and nowhere else", () => {
    fc.assert(
      fc.property(fc.array(file, { maxLength: 6 }), entry, (files, source) => {
        const component = { type: "machine", source: [source], exclude: [] };
        const loaded = { manifest: { components: { web: component } } } as unknown as LoadedManifest;
        const isEmpty = emptySources(loaded, files).length > 0;
        assert.equal(isEmpty, !files.some((path) => coveredBy(source, path)));
      }),
      { numRuns: 500 },
    );
  });
});
