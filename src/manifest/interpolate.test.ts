import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { interpolate, unknownIn } from "./interpolate.ts";

test("a value is taken as it is: an expression inside it is not looked at again", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (value) => {
      const evil = `${value}\${env.OTHER}$&$1`;
      const { text, missing } = interpolate("a${env.X}b", () => ({ is: "value", text: evil, outside: true }));
      assert.equal(text, `a${evil}b`);
      assert.deepEqual(missing, []);
    }),
  );
});

test("a default stands in for what is missing or empty, and may hold anything but a closing brace", () => {
  for (const meaning of [{ is: "missing" }, { is: "value", text: "", outside: false }] as const)
    assert.equal(interpolate("${env.X:-a:-b}", () => meaning).text, "a:-b");
});

test("a default that names another variable is told, and nothing is made of it", () => {
  const piece = fc.constantFrom("${env.Y}", "${env.Y:-z}", "${", "${HOME}", "a", ":-", " ");
  const inner = fc.array(piece, { minLength: 1 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(inner, fc.constantFrom("env.X", "vars.x", "environment"), (fallback, name) => {
      const text = `\${${name}:-${fallback}}`;
      const told = unknownIn(text);
      if (!fallback.includes("${")) return assert.deepEqual(told, []);
      assert.ok(told[0]?.startsWith(`${name}:-`), text);
      const own = interpolate(text, (asked) => ({ is: "value", text: asked === name ? "wrong" : "v", outside: false }));
      assert.ok(!own.text.includes("wrong"), own.text);
    }),
  );
});

test("an empty default is no value", () => {
  assert.deepEqual(interpolate("${env.X:-}", () => ({ is: "missing" })).missing, ["env.X"]);
});

test("what is no expression of the manifest is told, and stays", () => {
  assert.deepEqual(unknownIn("${HOME} ${env} ${env.A} ${vars.} ${target.a.b} ${open"), [
    "HOME",
    "env",
    "vars.",
    "target.a.b",
    "open",
  ]);
});
