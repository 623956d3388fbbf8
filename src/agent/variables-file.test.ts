import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { variablesFile } from "./variables-file.ts";

/** Reads such a file as systemd.exec(5) says: in double quotes a backslash takes away the meaning of what follows. */
function read(text: string): Record<string, string> {
  const entries = [...text.matchAll(/([A-Z_]+)="((?:[^"\\]|\\[\s\S])*)"\n/g)];
  return Object.fromEntries(entries.map(([, name = "", value = ""]) => [name, value.replace(/\\([\s\S])/g, "$1")]));
}

test("every value comes back as it was, whatever is in it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string(), (one, two) => {
      fc.pre(!one.includes("\0") && !two.includes("\0"));
      assert.deepEqual(read(variablesFile(["ONE", "TWO"], { ONE: one, TWO: two, THREE: "not asked for" })), {
        ONE: one,
        TWO: two,
      });
    }),
  );
});

test("a value that no variable can hold is refused by its name, and not shown", () => {
  assert.throws(() => variablesFile(["TOKEN"], { TOKEN: "secret\0" }), /TOKEN/);
});
