import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { escapePath, unescapePath } from "./files-list.ts";

it("a path survives its escaping, and fits on a line that a shell's read keeps whole", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (path) => {
      const escaped = escapePath(path);
      assert.equal(unescapePath(escaped), path);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not pass
      assert.doesNotMatch(escaped, /[\u0000-\u001f\u007f]|^ | $/);
    }),
  );
});
