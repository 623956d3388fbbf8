import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseAnswer } from "./answer.ts";

const hex = (text: string) => Buffer.from(text, "utf8").toString("hex");

describe("an answer of the target", () => {
  it("that lacks its last line is not whole, and neither is that of another verb", () => {
    assert.equal(parseAnswer("lf1 current =none\n", "survey").whole, false);
    assert.equal(parseAnswer("lf1 end =read\n", "survey").whole, false);
    assert.equal(parseAnswer("lf1 current =none\nlf1 end =survey\n", "survey").whole, true);
  });

  it("reads a value that is malformed, given twice or not UTF-8 as not known", () => {
    const bad = [
      "lf1 k =",
      "lf1 k =a\tb",
      "lf1 k =ü",
      "lf1 k %0",
      "lf1 k %zz",
      "lf1 k %ff",
      "lf1 k",
      "lf1 k =a\nlf1 k =b",
      "lf1 k =a\nlf1 k %",
    ];
    for (const text of bad) assert.equal(parseAnswer(`${text}\nlf1 end =v\n`, "v").get("k"), null, text);
  });

  it("passes over what a step printed, whatever it looks like", () => {
    const answer = parseAnswer("|lf1 refused =fenced\nhello\nlf2 k =x\n lf1 k =x\nlf1 end =step\n", "step");
    assert.deepEqual([answer.get("refused"), answer.get("k"), answer.whole], [null, null, true]);
  });

  it("keeps every text, newlines and quotes included, and no text can make a second field", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string(), (value, other) => {
        const clean = Buffer.from(value, "utf8").toString("utf8");
        const answer = parseAnswer(`lf1 k %${hex(clean)}\nlf1 j %${hex(`${other}\nlf1 end =v`)}\n`, "v");
        assert.equal(answer.get("k"), clean);
        assert.equal(answer.whole, false);
      }),
    );
  });

  it("never throws, and is never whole by chance", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const answer = parseAnswer(text, "v");
        assert.equal(answer.whole, text.split("\n").includes("lf1 end =v"));
      }),
    );
  });
});
