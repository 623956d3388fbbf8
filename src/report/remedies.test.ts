import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { codes } from "../model/codes.ts";
import { findingLines } from "./findings.ts";
import { painter } from "./paint.ts";
import { withRemedies } from "./remedies.ts";

const plain = painter(false);

describe("what blocks", () => {
  const busy = { code: "target-busy", level: "block", message: "a step runs" } as const;

  it("comes with a remedy: its own, or that of its page, once", () => {
    const text = findingLines(
      withRemedies([busy, { ...busy, message: "another" }, { ...busy, fix: "wait an hour" }]),
      plain,
    ).join("\n");
    assert.equal(text.split(codes["target-busy"].fix).length - 1, 1);
    assert.match(text, /fix: wait an hour/);
  });

  it("is told from a warning, which has none but its own", () => {
    assert.equal(findingLines(withRemedies([{ ...busy, level: "warning" }]), plain).length, 1);
  });
});
