import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anything, folders, sequence, star } from "./automaton.ts";

test("a pattern with many wildcards takes what a regular expression of the same parts takes", () => {
  const part = fc.constantFrom("a", "b", "\\/", "[^/]", "[a-b]", star, anything, folders);
  const parts = fc.array(part, { minLength: 4, maxLength: 9 });
  const text = fc.array(fc.constantFrom("a", "b", "/"), { maxLength: 9 }).map((all) => all.join(""));
  let taken = 0;
  fc.assert(
    fc.property(parts, text, (some, path) => {
      const many = [...some, star, star, star, star];
      const expected = new RegExp(`^${many.join("")}$`, "su").test(path);
      if (expected) taken += 1;
      assert.equal(sequence(many)(path), expected);
    }),
    { numRuns: 3000, seed: 5 },
  );
  assert.ok(taken > 300, `${taken} were taken`);
});

test("wildcards that could be laid on a path in countless ways end", () => {
  const many = Array.from({ length: 40 }, () => [star, "a"]).flat();
  assert.equal(sequence([...many, "b"])("a".repeat(200)), false);
  assert.equal(sequence(many)("a".repeat(200)), true);
});

test("a place between characters is refused among many wildcards", () => {
  assert.throws(() => sequence([star, "a", star, "\\b", star, "a", star]), /place between characters/);
});
