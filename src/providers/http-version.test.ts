import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { versionVerdict } from "./http-version.ts";

const ours = "3f9c2e1".padEnd(40, "a");
const older = "81aa0d3".padEnd(40, "b");
const at = (revision: string) => ({ url: "http://localhost/version", revision });

it("only a commit that is accepted proves, and only another commit refutes", () => {
  const cases: [path: string, body: string, verdict: string, code: string | undefined][] = [
    [".", ours, "proven", undefined],
    [".", `"${ours}"\n`, "proven", undefined],
    [".", ours.toUpperCase().slice(0, 7), "proven", undefined],
    [".commit", JSON.stringify({ commit: older }), "proven", undefined],
    [".a.b", JSON.stringify({ a: { b: ours } }), "proven", undefined],
    [".", "0".repeat(40), "refuted", "version-old"],
    [".", `${ours}0`, "refuted", "version-old"],
    [".", ours.slice(0, 6), "unknown", "version-unknown"],
    [".", "unknown", "unknown", "version-unknown"],
    [".", `${ours.slice(0, 7)}-dirty`, "unknown", "version-unknown"],
    [".", "<html>", "unknown", "version-unknown"],
    [".", "", "unknown", "version-missing"],
    [".commit", "{}", "unknown", "version-missing"],
    [".commit", '{"commit":""}', "unknown", "version-missing"],
    [".commit", '{"commit":1234567}', "unknown", "version-missing"],
    [".commit", "not JSON", "unknown", "version-missing"],
    [".commit.length", JSON.stringify({ commit: ours }), "unknown", "version-missing"],
    [".__proto__", "{}", "unknown", "version-missing"],
  ];
  for (const [path, body, verdict, code] of cases) {
    const found = versionVerdict(at(path), body, [ours, older]);
    assert.deepEqual([found.verdict, found.code], [verdict, code], `${path} ${body}`);
  }
  assert.equal(versionVerdict(at("."), older.slice(0, 8), [ours, older]).identity, older);
});

it("no answer whatever makes it throw, and none proves by chance", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), fc.constantFrom(".", ".a", ".a.b"), (body, path) => {
      assert.notEqual(versionVerdict(at(path), body, [ours]).verdict, "proven");
    }),
  );
});
