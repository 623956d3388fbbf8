import assert from "node:assert/strict";
import { it } from "node:test";
import { keepsWrites } from "./durable.ts";

it("only a git that makes writes durable is trusted with the record", () => {
  for (const version of ["git version 2.36.0\n", "git version 2.39.5 (Apple Git-154)", "git version 3.0.1"])
    assert.ok(keepsWrites(version), version);
  for (const version of ["git version 2.35.9", "git version 1.99.0", "hub version 9", ""])
    assert.ok(!keepsWrites(version), version);
});
