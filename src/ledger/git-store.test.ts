import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { git } from "../io/git.ts";
import { ledgerContract } from "./contract.ts";
import { openGitLedger } from "./git-store.ts";

ledgerContract("the ledger in git", async () => {
  const repository = await mkdtemp(join(tmpdir(), "landfall-ledger-"));
  await git(repository, ["init", "--quiet"]);
  const leaseSeconds = 1;
  const open = () => openGitLedger(repository, { leaseSeconds, heartbeatSeconds: leaseSeconds / 5 });
  return {
    open,
    openElsewhere: open,
    openAsleep: () => openGitLedger(repository, { leaseSeconds, heartbeatSeconds: 3600 }),
    leaseSeconds,
    remove: () => rm(repository, { recursive: true, force: true, maxRetries: 5 }),
  };
});
