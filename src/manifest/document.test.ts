import assert from "node:assert/strict";
import { test } from "node:test";
import { findingsOf, loadText, places } from "../../test/helpers/manifest.ts";
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
];

for (const [title, text, place] of broken)
  test(`${title} is a mistake with its place`, () => {
    assert.deepEqual(places1(text).slice(0, 1), [place]);
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

test("bytes that are no UTF-8 are findings, not a crash", async () => {
  const findings = await findingsOf(() => loadText(Buffer.from([0xff, 0xfe, 0x00, 0x3a, 0xc3])));
  assert.ok(findings.length > 0);
});
