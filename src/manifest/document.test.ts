import assert from "node:assert/strict";
import { test } from "node:test";
import { findingsOf, loadText, places, soundManifest } from "../../test/helpers/manifest.ts";
import { readYaml } from "./document.ts";

const places1 = (text: string) => readYaml(text).mistakes.map(({ line, column }) => `${line}:${column}`);

const broken: [string, string, string][] = [
  ["a tab as indentation", "a:\n\tb: 1", "2:1"],
  ["a key that is there twice", "a: 1\nb: 2\na: 3", "3:1"],
  ["a second document", "a: 1\n---\nb: 2", "2:1"],
  ["a tag that nothing reads", "a: !secret x", "1:4"],
  ["a NUL character", "a: x\0y", "1:5"],
  ["a NUL character that is escaped", 'a: "x\\0y"', "1:4"],
  ["an alias without its anchor", "a: *b", "1:4"],
  ["an alias inside its own anchor", "a: &a { b: *a }", "1:12"],
  ["a key that is not text", "? [a]\n: 1", "1:3"],
  ["a key that is a number, which would lose its place in the order", "b: 1\n7: 2", "2:1"],
  ["a key that would become the prototype", "__proto__: { a: 1 }", "1:1"],
  ["a variable in a key", '"${env.A}": 1', "1:1"],
  ["a directive that would change what words mean", "%YAML 1.1\n---\na: yes", "1:1"],
  ["a bracket that is never closed", "a: [1, 2", "1:9"],
  ["a quote that is never closed", 'a:\n  b: "x\nc: 1\n', "2:6"],
  ["a quote that another one seems to close", 'a:\n  b: "x\n  c: "y"\n', "2:6"],
  ["a quote inside braces that is never closed", "a: { b: 'x }\nc: 1\n", "1:9"],
  ["a quote of a key that is never closed", '"a: 1\nb: 2\n', "1:1"],
  ["a quote in the middle of a quoted text", "a: 'it's'\nb: 2\n", "1:8"],
];

for (const [title, text, place] of broken)
  test(`${title} is a mistake with its place`, () => {
    assert.deepEqual(places1(text).slice(0, 1), [place]);
  });

test("what is wrong is told in words of ours: a quote that stays open, and where a second document begins", () => {
  const messages = (text: string) => readYaml(text).mistakes.map(({ message }) => message);
  assert.deepEqual(messages("a: 'x\nb: 1\n"), ["the quote that opens here is never closed"]);
  assert.deepEqual(messages("a: 1\n---\nb: 2\n---\nc: 3\n"), [
    "a second document begins here, and a manifest is one document only",
  ]);
});

test("a key that is there three times is told each time, with its first place", () => {
  const { mistakes } = readYaml("b: 1\na: 1\na: 2\nb: 3\na: 4\n");
  assert.deepEqual(
    mistakes.map(({ message, line }) => [line, message]),
    [
      [3, 'the key "a" is there twice: first at 2:1'],
      [4, 'the key "b" is there twice: first at 1:1'],
      [5, 'the key "a" is there twice: first at 2:1'],
    ],
  );
});

test("sections of the same key are read as one, and of other values the last: nothing in them goes unseen", () => {
  const text = "a: { x: 1, y: { p: 1 } }\nb: 1\na: { z: 3, y: { q: 2 } }\nb: [2]\nc:\n  - { d: 1, d: 2 }\n";
  const { value, mistakes, locate } = readYaml(text);
  assert.equal(mistakes.length, 3);
  assert.deepEqual(value, { a: { x: 1, y: { p: 1, q: 2 }, z: 3 }, b: [2], c: [{ d: 2 }] });
  assert.deepEqual(locate(["a", "z"]), { line: 3, column: 9 });
  assert.deepEqual(locate(["b"]), { line: 4, column: 4 });
});

test("an alias of a value that gave way to a later one is no crash", () => {
  assert.equal(readYaml("a: &x 1\na: 2\nb: *x\n").mistakes[0]?.line, 2);
});

test("a key that is there twice hides no other mistake of the manifest", async () => {
  const twice = soundManifest.replace("    branch: main\n", "    branch: main\n    branch: other\n    brunch: x\n");
  assert.deepEqual(places(await findingsOf(() => loadText(twice))), ["bad-yaml 14:5", "unknown-key 15:5"]);
});

test("a component that is there twice lacks nothing that either of the two has", async () => {
  const twice = soundManifest.replace("    prove:\n", "  app:\n    prove:\n");
  assert.deepEqual(places(await findingsOf(() => loadText(twice))), ["bad-yaml 9:3"]);
});

test("a variable that is not in quotes inside braces is one mistake, with the way out", () => {
  const { mistakes } = readYaml("a:\n  b: { run: restart ${target.unit} }\n  c: { d: 1 }\n  e: [x, y]\n");
  assert.equal(mistakes.length, 1);
  assert.equal(mistakes[0]?.line, 2);
  assert.match(mistakes[0]?.fix ?? "", /in quotes/);
});

test("a byte order mark is nothing to stumble over", () => {
  assert.deepEqual(readYaml("\uFEFFa: 1").value, { a: 1 });
});

test("aliases that multiply are refused before they fill the memory", () => {
  const levels = [..."bcdefghi"].map(
    (name, i) => `${name}: &${name} [${Array(9).fill(`*${"abcdefgh"[i]}`).join(", ")}]`,
  );
  const { mistakes } = readYaml(`a: &a [x, x, x, x, x, x, x, x, x]\n${levels.join("\n")}`);
  assert.equal(mistakes.length, 1);
});

test("an alias's place is where its anchor's content stands", () => {
  assert.deepEqual(readYaml("x: &a\n  k: 1\ny: *a").locate(["y", "k"]), { line: 2, column: 6 });
});

for (const text of [
  "[".repeat(100_000),
  "- ".repeat(50_000),
  "a: {".repeat(25_000),
  `${'{"a":'.repeat(50)}1${"}".repeat(50)}`,
])
  test(`what is nested too deeply is a mistake: ${text.slice(0, 8)}…`, () => {
    assert.ok(readYaml(text).mistakes.length > 0);
  });

test("twenty thousand keys are read without searching all for each", () => {
  const text = Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join("\n");
  assert.deepEqual(readYaml(text).mistakes, []);
});

for (const text of ["", "# nothing", "- a", "text", "null", "42"])
  test(`a manifest that is ${JSON.stringify(text)} is no section`, async () => {
    assert.deepEqual(places(await findingsOf(() => loadText(text))), ["bad-yaml 1:1"]);
  });

test("a manifest larger than 1 MiB is refused unread", async () => {
  const findings = await findingsOf(() => loadText(`# ${"x".repeat(1024 * 1024)}`));
  assert.match(findings[0]?.message ?? "", /larger than 1 MiB/);
});

test("bytes that are no UTF-8 are refused with their line, and never read as other characters", async () => {
  const latin = Buffer.from(soundManifest.replace("./migrate", "cp M\u00fcller.conf /etc"), "latin1");
  for (const [bytes, line] of [
    [Buffer.from([0xff, 0xfe, 0x00, 0x3a, 0xc3]), 1],
    [latin, 7],
  ] as const) {
    const [finding] = await findingsOf(() => loadText(bytes));
    assert.deepEqual([finding?.code, finding?.line, finding?.message], ["bad-yaml", line, "the manifest is not UTF-8"]);
  }
});
