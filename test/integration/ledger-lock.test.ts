import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { git } from "../../src/io/git.ts";
import { openGitLedger } from "../../src/ledger/git-store.ts";
import { refuses, request } from "../../src/ledger/scenes.ts";

const script = new URL("../helpers/lock-holder.ts", import.meta.url).pathname;
const leaseSeconds = 1.5;

describe("the lock between processes", () => {
  let repository = "";
  before(async () => {
    repository = await mkdtemp(join(tmpdir(), "landfall-lock-"));
    await git(repository, ["init", "--quiet"]);
  });
  after(() => rm(repository, { recursive: true, force: true, maxRetries: 5 }));

  test("a process that is stopped past its lease is taken over, and finds out at its next check", async () => {
    const holder = start(repository);
    const token = await answer(holder);
    assert.equal(await ask(holder), "held");
    const ledger = await openGitLedger(repository, { leaseSeconds });
    holder.kill("SIGSTOP");
    // It was stopped, not ended: its pid is there, so only silence tells.
    await refuses(ledger.lock("uat", request()), "lock-held");
    const lease = await ledger.lock("uat", request({ waitSeconds: 60 }));
    assert.equal(`token ${lease.tookOver?.token}`, token);
    holder.kill("SIGCONT");
    assert.equal(await ask(holder), "lease-lost");
    await lease.check();
    await lease.release();
    await end(holder);
  });

  test("a process that was killed is taken over at once", async () => {
    const holder = start(repository);
    await answer(holder);
    await end(holder);
    const ledger = await openGitLedger(repository, { leaseSeconds: 3600 });
    const lease = await ledger.lock("uat", request());
    assert.equal(lease.tookOver?.owner.pid, holder.pid);
    await lease.release();
  });
});

function start(repository: string): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [script, repository, `${leaseSeconds}`], { stdio: "pipe" });
  child.stderr.pipe(process.stderr);
  return child;
}

async function ask(child: ChildProcessWithoutNullStreams): Promise<string> {
  child.stdin.write("check\n");
  return await answer(child);
}

async function answer(child: ChildProcessWithoutNullStreams): Promise<string> {
  const [chunk] = await once(child.stdout, "data");
  return String(chunk).trim();
}

async function end(child: ChildProcessWithoutNullStreams): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "close");
}
