import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { openGitLedger } from "../../src/ledger/git-store.ts";
import { opened, refuses, request, surveyed } from "../../src/ledger/scenes.ts";
import { type Shared, shareRepository } from "../helpers/shared-ledger.ts";

const ref = "refs/landfall/ledger/uat";

describe("a remote that lets nobody move a ref", () => {
  let shared: Shared;
  let one = "";
  beforeEach(async () => {
    shared = await shareRepository();
    one = await shared.clone("one");
  });
  afterEach(() => shared.remove());

  test("a lock that cannot be written there is given up and said so, not tried for ever", async () => {
    const lease = await (await openGitLedger(one)).lock("uat", request());
    const left = ["uat", "prod"].map((name) => join(shared.remote, `refs/landfall/lock/${name}.lock`));
    await Promise.all(left.map((file) => writeFile(file, "")));
    const two = await openGitLedger(await shared.clone("two"));
    const error = await refuses(two.lock("prod", request()), "ledger-write-failed");
    assert.equal(error.refusal, "blocked");
    assert.match(error.findings[0]?.fix ?? "", /refs\/landfall\/lock\/prod\.lock/);
    await refuses(two.unlock("uat", request().owner, "it hangs"), "ledger-write-failed");
    await Promise.all(left.map((file) => rm(file)));
    await two.unlock("uat", request().owner, "it hangs");
    await lease.release();
  });

  test("a record that cannot be written there refuses the rollout, and no other writers are blamed", async () => {
    const ledger = await openGitLedger(one);
    const lease = await ledger.lock("uat", request());
    const recorder = await opened(ledger, "uat", lease.token, lease.rollout);
    await recorder.append(surveyed("sent"));
    const left = join(shared.remote, `${ref}.lock`);
    await mkdir(dirname(left), { recursive: true });
    await writeFile(left, "");
    // Closed whatever comes of it: its git would keep this process from ending.
    try {
      const error = await refuses(
        recorder.append({ event: "stage", at: new Date().toISOString(), stage: "execute" }),
        "ledger-write-failed",
      );
      assert.match(error.message, /nobody else moved it/);
    } finally {
      await rm(left);
      await recorder.close();
    }
    await lease.release();
  });
});
