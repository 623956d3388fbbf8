import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createMask } from "./mask.ts";

describe("the mask", () => {
  it("hides a value wherever it stands, in nested texts too; keys are names", () => {
    const mask = createMask();
    mask.add(["s3cret-value"]);
    assert.deepEqual(mask.deep({ a: ["x s3cret-value y"], "s3cret-value": { b: "s3cret-value", c: null } }), {
      a: ["x *** y"],
      "s3cret-value": { b: "***", c: null },
    });
  });

  it("leaves facts as they are, and nothing beside or under them", () => {
    const mask = createMask(new Set(["commit", "names."]));
    mask.add(["abcdef"]);
    const given = { commit: "1abcdef2", names: { one: "abcdef", deep: { x: "abcdef" } }, text: "abcdef" };
    assert.deepEqual(mask.deep({ ...given, list: [{ commit: ["abcdef"] }], other: { commit: { x: "abcdef" } } }), {
      commit: "1abcdef2",
      names: { one: "abcdef", deep: { x: "***" } },
      text: "***",
      list: [{ commit: ["abcdef"] }],
      other: { commit: { x: "***" } },
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
