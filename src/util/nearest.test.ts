import assert from "node:assert/strict";
import { test } from "node:test";
import { hint, nearest } from "./nearest.ts";

test("a word with a letter wrong, missing or swapped finds the one that was meant", () => {
  for (const word of ["direktory", "directry", "Directory", "driectory"])
    assert.equal(nearest(word, ["directory", "steps"]), "directory");
});

test("a word that is like none of those known finds none", () => {
  assert.equal(nearest("xyz", ["directory", "steps"]), null);
  assert.equal(nearest("anything", []), null);
  assert.equal(nearest("d".repeat(100_000), ["directory"]), null);
});

test("without a near word the hint lists what is known", () => {
  assert.equal(hint("xyz", ["steps", "directory"]), "; known: directory, steps");
  assert.equal(hint("xyz", []), "");
});
