import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { git } from "../../src/io/git.ts";
import { ledgerContract } from "../../src/ledger/contract.ts";
import { openGitLedger } from "../../src/ledger/git-store.ts";

ledgerContract("the ledger at a git remote", async () => {
  const folder = await mkdtemp(join(tmpdir(), "landfall-shared-"));
  await git(folder, ["init", "--quiet", "--bare", "remote.git"]);
  for (const clone of ["one", "two"]) {
    await git(folder, ["init", "--quiet", clone]);
    await git(join(folder, clone), ["remote", "add", "origin", join(folder, "remote.git")]);
  }
  // A renewal is a push: long enough for a busy machine to make several within it.
  const leaseSeconds = 2;
  const times = { leaseSeconds, heartbeatSeconds: leaseSeconds / 5 };
  let opened = 0;
  return {
    open: () => openGitLedger(join(folder, "one"), times),
    openElsewhere: () => {
      opened += 1;
      return openGitLedger(join(folder, opened % 2 === 0 ? "one" : "two"), times);
    },
    openAsleep: () => openGitLedger(join(folder, "two"), { ...times, heartbeatSeconds: 3600 }),
    leaseSeconds,
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
});
