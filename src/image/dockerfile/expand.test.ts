import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { expandWord } from "./expand.ts";

const values: Record<string, string | null> = { V: "value", E: "", U: null, P: "foo/bar/baz.tar.gz" };

function expand(word: string): string {
  const { text, unknown, mistake } = expandWord(word, "\\", (name) => values[name]);
  assert.deepEqual([unknown, mistake], [[], null], word);
  return text;
}

describe("a word of a Dockerfile", () => {
  it("tells what it hangs on when a value is not known", () => {
    const unknown = (word: string) => expandWord(word, "\\", (name) => values[name]).unknown;
    assert.deepEqual(unknown("a-$U-${V}"), ["U"]);
    assert.deepEqual(unknown("${U:-x}"), ["U"]);
    assert.deepEqual(unknown("${V:-$U}"), []);
    assert.deepEqual(unknown("${N:-$U}"), ["U"]);
    assert.deepEqual(unknown("${N:+$U}"), []);
    assert.deepEqual(unknown("${U#x}"), ["U"]);
    assert.deepEqual(unknown("'$U'"), []);
  });

  it("names what the builder refuses, and never throws", () => {
    for (const word of ["${V", "${", "${V:}", "${V!x}", "'a", '"a', "${N:?no value}", "${V/a}"])
      assert.notEqual(expandWord(word, "\\", (name) => values[name]).mistake, null, word);
    const part = fc.constantFrom("$", "{", "}", "V", "U", ":-", "+", "/", "#", "%", "*", "?", "'", '"', "\\", "[", "x");
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        expandWord(parts.join(""), "\\", (name) => values[name]);
      }),
    );
  });

  it("takes values, defaults and alternatives, set and empty told apart by the colon", () => {
    const cases: Record<string, string> = {
      "a$V-${V}b": "avalue-valueb",
      $N: "",
      "${E:-x}${E-x}": "x",
      "${N:-x}${N-y}": "xy",
      "${V:+x}${E:+x}${E+y}${N+z}": "xy",
      "${N:-${V:-x}}": "value",
      "${N:-'a b'}": "a b",
      $: "$",
      "a$.b": "a$.b",
    };
    for (const [word, expected] of Object.entries(cases)) assert.equal(expand(word), expected, word);
  });

  it("leaves single quotes alone, expands in double ones, and honours the escape", () => {
    assert.equal(expand(`'$V' "$V" \\$V "\\$V\\n"`), "$V value $V $V\\n");
    assert.equal(expandWord("`$V\\", "`", () => "x").text, "$V\\");
  });

  it("trims and replaces by patterns, the shortest and the longest", () => {
    assert.deepEqual(
      ["${P#*/}", "${P##*/}", "${P%.*}", "${P%%.*}", "${P/bar/x}", "${P//[a]/x}", "${P//a/x}", "${P/?o/}"].map(expand),
      [
        "bar/baz.tar.gz",
        "baz.tar.gz",
        "foo/bar/baz.tar",
        "foo/bar/baz",
        "foo/x/baz.tar.gz",
        "foo/bar/baz.tar.gz",
        "foo/bxr/bxz.txr.gz",
        "o/bar/baz.tar.gz",
      ],
    );
  });
});
