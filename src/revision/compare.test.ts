import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compareEntries } from "./compare.ts";

const entry = (mode: string, blob: string, path: string) => ({ mode, blob, path });

describe("what differs between two states of a component", () => {
  it("is nothing between the same", () => {
    const same = [entry("100644", "a", "x"), entry("120000", "b", "y"), entry("160000", "c", "z")];
    assert.deepEqual(compareEntries(same, structuredClone(same)), []);
  });

  it("has a word for each way to differ, and the order of the paths' bytes", () => {
    const before = [
      entry("100644", "1", "content"),
      entry("100644", "1", "gone"),
      entry("120000", "1", "link"),
      entry("100644", "1", "mode"),
      entry("160000", "1", "module"),
      entry("100644", "1", "became-link"),
      entry("100644", "1", "became-module"),
    ];
    const after = [
      entry("100644", "2", "content"),
      entry("120000", "2", "link"),
      entry("100755", "1", "mode"),
      entry("160000", "2", "module"),
      entry("120000", "2", "became-link"),
      entry("160000", "2", "became-module"),
      entry("100644", "1", "\u{1F600}"),
      entry("100644", "1", "\uFF5E"),
    ];
    assert.deepEqual(
      compareEntries(before, after).map(({ path, kind }) => `${path} ${kind}`),
      [
        "became-link link",
        "became-module submodule",
        "content modified",
        "gone deleted",
        "link link",
        "mode mode",
        "module submodule",
        "\uFF5E added",
        "\u{1F600} added",
      ],
    );
  });

  it("is seen in a link into a submodule, whether the link or the submodule is another", () => {
    const state = (link: string, commit: string) => [entry("120000", link, "lib"), entry("160000", commit, "lib")];
    assert.deepEqual(compareEntries(state("1", "1"), state("2", "1")), [{ path: "lib", kind: "link" }]);
    assert.deepEqual(compareEntries(state("1", "1"), state("1", "2")), [{ path: "lib", kind: "submodule" }]);
    assert.deepEqual(compareEntries(state("1", "1"), state("2", "2")), [{ path: "lib", kind: "submodule" }]);
  });
});
