import assert from "node:assert/strict";
import { test } from "node:test";
import { at, evidence } from "../../test/helpers/sample-answers.ts";
import { plainLine } from "./plain.ts";

test("a check's name stands once in its line, though its reason begins with it", () => {
  const line = (claim: string, reason: string) =>
    plainLine({ event: "evidence", at, evidence: { ...evidence(), claim, reason, verdict: "refuted" } });
  assert.match(
    line("request price", "request price: it answered 500") ?? "",
    / request price refuted: it answered 500$/,
  );
  assert.match(line("version", "it answered 500") ?? "", / version refuted: it answered 500$/);
});
