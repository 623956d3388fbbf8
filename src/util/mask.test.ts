import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createMask } from "./mask.ts";

describe("the mask", () => {
  it("hides a value wherever it stands, in keys and nested texts too", () => {
    const mask = createMask();
    mask.add(["s3cret-value"]);
    assert.deepEqual(mask.deep({ a: ["x s3cret-value y"], "s3cret-value": { b: 1, c: null } }), {
      a: ["x *** y"],
      "***": { b: 1, c: null },
    });
  });

  it("hides the forms in which tools print a value: base64, URL-encoded, inside JSON, line by line", () => {
    const mask = createMask();
    const value = 'top "secret"/value\nsecond line';
    mask.add([value]);
    for (const form of [
      Buffer.from(value).toString("base64"),
      encodeURIComponent(value),
      JSON.stringify(value),
      "second line",
    ]) {
      assert.ok(!mask.text(`<${form}>`).includes(form.slice(1, -2)), form);
    }
  });

  it("hides the longer of two values that overlap as a whole", () => {
    const mask = createMask();
    mask.add(["pass", "password-1"]);
    assert.equal(mask.text("password-1 pass"), "*** ***");
  });
});
