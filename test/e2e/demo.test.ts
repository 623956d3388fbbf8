import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { it } from "node:test";
import { landfall } from "../helpers/cli.ts";

it("the demo ends proven, then failed with the real cause, then proven again", async () => {
  const told = await landfall(tmpdir(), ["demo"]);
  assert.equal(told.status, 0, told.stdout + told.stderr);
  const ends = told.stdout.match(/✔ PROVEN|✘ FAILED/g);
  assert.deepEqual(ends, ["✔ PROVEN", "✘ FAILED", "✔ PROVEN"]);
  assert.match(told.stdout, /FAILED[\s\S]*runs from .*not from the release[\s\S]*explain stale-process/);
  const document = JSON.parse((await landfall(tmpdir(), ["demo", "--json"])).stdout);
  assert.deepEqual(
    document.acts.map((act: { rollout: { outcome: string } }) => act.rollout.outcome),
    ["proven", "failed", "proven"],
  );
});
