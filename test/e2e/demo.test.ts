import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { it } from "node:test";
import { landfall } from "../helpers/cli.ts";

it("the demo ends proven, then failed with the real cause, then proven again", async () => {
  const told = await landfall(tmpdir(), ["demo"]);
  assert.equal(told.status, 0, told.stdout + told.stderr);
  const ends = told.stdout.match(/✔ PROVEN|✘ FAILED/g);
  assert.deepEqual(ends, ["✔ PROVEN", "✘ FAILED", "✔ PROVEN"]);
  assert.doesNotMatch(told.stdout, /Left in place|still runs/);
  assert.match(told.stdout, /FAILED[\s\S]*runs from .*not from the release[\s\S]*explain stale-process/);
  const document = JSON.parse((await landfall(tmpdir(), ["demo", "--json"])).stdout);
  assert.deepEqual(
    document.acts.map((act: { rollout: { outcome: string } }) => act.rollout.outcome),
    ["proven", "failed", "proven"],
  );
});

it("with --keep it says what still runs, and how to end it", async () => {
  const { stdout, stderr } = await landfall(tmpdir(), ["demo", "--keep"]);
  const directory = /^Left in place: (.+)$/m.exec(stdout)?.[1];
  assert.ok(directory, stdout + stderr);
  try {
    const [, pid, named] = /still runs, with process id (\d+)\. To end it: kill (\d+)$/m.exec(stdout) ?? [];
    assert.ok(pid !== undefined && pid === named, stdout);
    process.kill(Number(pid), "SIGTERM");
  } finally {
    rmSync(directory, { recursive: true });
  }
});
