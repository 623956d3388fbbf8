import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { git } from "../io/git.ts";
import { UserError } from "../model/errors.ts";
import { openGitLedger } from "./git-store.ts";

const repository = mkdtempSync(join(tmpdir(), "landfall-lease-"));
after(() => rmSync(repository, { recursive: true }));

test("a lock that git cannot store refuses, with git's words: nothing was changed, and it is no mistake of ours", async () => {
  await git(repository, ["init", "--quiet"]);
  // Files where the folders of objects would be: they stop root, too.
  for (let first = 0; first < 256; first++)
    writeFileSync(join(repository, ".git", "objects", first.toString(16).padStart(2, "0")), "");
  const ledger = await openGitLedger(repository);
  const owner = { who: "ana", host: "h", boot: "", pid: 1 };
  const request = { owner, rollout: "01R", waitSeconds: 0, signal: new AbortController().signal };
  await assert.rejects(ledger.lock("uat", request), (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.deepEqual([error.code, error.refusal], ["ledger-write-failed", "blocked"]);
    assert.match(error.message, /^the lock could not be written: \S/);
    return true;
  });
});
