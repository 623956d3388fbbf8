import assert from "node:assert/strict";
import { test } from "node:test";
import { matches, mostComparisons } from "./glob.ts";
import { DirectoryNode } from "./tree.ts";

function folderOf(files: number): DirectoryNode {
  const folder = new DirectoryNode(false);
  for (let at = 0; at < files; at++) folder.entries.set(`f${at}.py`, { kind: "file", origin: null, read: null });
  return folder;
}

test("what a pattern names is not known once too much was compared, and not taken for nothing", () => {
  const comparisons = { left: 3500 };
  assert.deepEqual(matches(folderOf(1000), "/f1.*", comparisons), ["/f1.py"]);
  assert.deepEqual(matches(folderOf(1000), "/gone/*", comparisons), "absent");
  assert.deepEqual(matches(folderOf(1000), "/g*", comparisons), []);
  assert.equal(matches(folderOf(1000), "/f*", comparisons), "unknown");
  assert.equal(matches(folderOf(1), "/f*", comparisons), "unknown");
});

test("a large folder can be taken by many patterns before that", () => {
  const comparisons = { left: mostComparisons };
  for (let times = 0; times < 24; times++)
    assert.ok(Array.isArray(matches(folderOf(20_000), "/f*", comparisons)), `pattern ${times}`);
});
