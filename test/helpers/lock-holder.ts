import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { openGitLedger } from "../../src/ledger/git-store.ts";
import { request } from "../../src/ledger/scenes.ts";
import { UserError } from "../../src/model/errors.ts";

// A process that holds a lock, and says for each line on standard input whether it still does.
const [repository = "", leaseSeconds = ""] = process.argv.slice(2);
const times = { leaseSeconds: Number(leaseSeconds), heartbeatSeconds: Number(leaseSeconds) / 5 };
const ledger = await openGitLedger(repository, times);
const lease = await ledger.lock("uat", request());
writeSync(1, `token ${lease.token}\n`);
for await (const _line of createInterface({ input: process.stdin })) {
  const end = await lease.check().then(
    () => "held",
    (error: unknown) => (error instanceof UserError ? error.code : String(error)),
  );
  writeSync(1, `${end}\n`);
}
