import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { ulid } from "ulid";
import { git } from "../../src/io/git.ts";
import { openGitLedger } from "../../src/ledger/git-store.ts";
import type { Recorder } from "../../src/ledger/ledger.ts";
import { closing, deployed, opened, refusal, refuses, request, surveyed } from "../../src/ledger/scenes.ts";
import type { RolloutEvent } from "../../src/model/rollout.ts";
import { refs, stateIsFoldOfChain } from "../helpers/ledger-chain.ts";
import { type Shared, serveGit, shareRepository } from "../helpers/shared-ledger.ts";
import { storingGits } from "../helpers/synced.ts";

const ref = "refs/landfall/ledger/uat";
const commit = "a".repeat(40);

describe("a remote that is silent, or takes nothing", () => {
  let shared: Shared;
  let one = "";
  beforeEach(async () => {
    shared = await shareRepository();
    one = await shared.clone("one");
  });
  afterEach(() => shared.remove());

  test("gone before a rollout: it is blocked, the refusal is kept here, and the next run sends it", async () => {
    const ledger = await openGitLedger(one);
    await deployed(ledger, "uat", 1, commit, "proven");
    await shared.away();
    const error = await refuses(ledger.lock("uat", request()), "ledger-unreachable");
    assert.equal(error.refusal, "blocked");
    const recorder = await refused(one);
    const reader = await openGitLedger(one);
    assert.equal((await reader.history("uat", 5)).length, 2);
    const freshness = await reader.freshness();
    assert.equal(freshness?.problem?.code, "ledger-unreachable");
    await shared.back();
    await deployed(await openGitLedger(one), "uat", 2, commit, "proven");
    assert.ok((await idsAt(shared)).includes(recorder.rollout));
    await stateIsFoldOfChain(shared.remote, "uat");
  });

  test("a reader says how old what it shows is", async () => {
    const ledger = await openGitLedger(one);
    assert.equal((await ledger.freshness())?.fetchedAt, null);
    await deployed(ledger, "uat", 1, commit, "proven");
    await (await openGitLedger(one)).state("uat");
    const before = await (await openGitLedger(one)).freshness();
    assert.ok(before?.fetchedAt);
    await shared.away();
    const reader = await openGitLedger(one);
    assert.equal((await reader.state("uat"))?.token, 1);
    assert.deepEqual(await reader.environments(), ["uat"]);
    assert.equal((await reader.freshness())?.fetchedAt, before.fetchedAt);
  });

  test("gone after the lock and before the first change: the rollout is refused, and nothing says that it began", async () => {
    const ledger = await openGitLedger(one);
    const lease = await ledger.lock("uat", request());
    const recorder = await opened(ledger, "uat", lease.token, lease.rollout);
    await shared.away();
    const error = await refuses(recorder.append(stage("execute")), "ledger-unreachable");
    assert.equal(error.refusal, "blocked");
    assert.equal((await ledger.state("uat"))?.intended, undefined);
    await recorder.close();
    await shared.back();
    await lease.release();
  });

  test("gone during a rollout: it is tolerated for the lease's length, then the lease is lost; the next run sends the record", async () => {
    const ledger = await openGitLedger(one, { leaseSeconds: 2, heartbeatSeconds: 0.4, sendEverySeconds: 0.2 });
    const lease = await ledger.lock("uat", request());
    const recorder = await opened(ledger, "uat", lease.token, lease.rollout);
    await recorder.append(stage("execute"));
    await lease.check();
    await shared.away();
    await lease.check();
    await recorder.append(surveyed("the step in flight ended"));
    while (!lease.lost.aborted) await pause(20);
    const error = await refuses(lease.check(), "lease-lost");
    assert.equal(error.refusal, "unproven");
    assert.match(error.message, /could not be renewed/);
    await recorder.append(closing(recorder.rollout, "unproven"));
    await recorder.close();
    assert.equal((await ledger.freshness())?.problem?.code, "ledger-unreachable");
    await shared.back();
    await deployed(await openGitLedger(one), "uat", 2, commit, "proven");
    const elsewhere = await openGitLedger(await shared.clone("two"));
    const { outcome, events } = await elsewhere.rollout("uat", recorder.rollout);
    assert.equal(outcome.outcome, "unproven");
    assert.equal(events.length, 4);
  });

  test("a remote that refuses the push is read-only: blocked before anything, and readers still read", async () => {
    await deployed(await openGitLedger(one), "uat", 1, commit, "proven");
    await shared.hook("echo 'this branch is protected' >&2; exit 1");
    const two = await openGitLedger(await shared.clone("two"));
    assert.equal((await two.state("uat"))?.token, 1);
    const error = await refuses(two.lock("uat", request()), "ledger-read-only");
    assert.equal(error.refusal, "blocked");
    await refuses(two.keep(await headOf(one)), "commit-not-kept");
    assert.equal(await two.freshness().then((now) => now?.problem), undefined);
  });

  test("a ledger opened for reading never writes there", async () => {
    await deployed(await openGitLedger(one), "uat", 1, commit, "proven");
    const before = await git(shared.remote, ["for-each-ref"]);
    const reader = await openGitLedger(await shared.clone("two"), { readOnly: true });
    assert.equal((await reader.state("uat"))?.token, 1);
    assert.equal(await reader.holder("uat"), null);
    await refuses(reader.lock("uat", request()), "ledger-read-only");
    await refuses(reader.record("uat", ulid(), "shop"), "ledger-read-only");
    await refuses(reader.keep(await headOf(one)), "ledger-read-only");
    assert.equal(await git(shared.remote, ["for-each-ref"]), before);
  });

  test("a slow remote is waited for and told of; one slower than the time limit is out of reach", async () => {
    await shared.hook("sleep 3.3");
    const told: string[] = [];
    const ledger = await openGitLedger(one, { onSlow: (message) => told.push(message) });
    const lease = await ledger.lock("uat", request());
    assert.match(told[0] ?? "", /is slow: no answer to git push for 3 s/);
    const hasty = await openGitLedger(one, { timeoutSeconds: 1 });
    await refuses(hasty.unlock("uat", request().owner, "a test"), "ledger-unreachable");
    await shared.hook(null);
    // That push may have arrived although it was given up: the holder finds out either way.
    await lease.release();
  });

  test("a server without write access is read-only, one that is down is out of reach", async () => {
    const server = await serveGit(shared.folder, false);
    const at = { shared: { remote: `${server.url}/remote.git` } };
    await refuses((await openGitLedger(one, at)).lock("uat", request()), "ledger-read-only");
    await server.stop();
    await refuses((await openGitLedger(one, at)).lock("uat", request()), "ledger-unreachable");
  });

  test("a remote that hangs is given up after the time limit, or when the rollout is cancelled", async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const at = { shared: { remote: `git://127.0.0.1:${port}/ledger.git` } };
    const hasty = await openGitLedger(one, { ...at, timeoutSeconds: 1 });
    const error = await refuses(hasty.lock("uat", request()), "ledger-unreachable");
    assert.match(error.message, /did not end within 1 s/);
    const cancel = new AbortController();
    const waiting = (await openGitLedger(one, at)).lock("uat", request({ signal: cancel.signal }));
    setTimeout(() => cancel.abort(), 200);
    await assert.rejects(waiting, { name: "AbortError" });
    server.close();
  });

  test("a remote that this clone does not have is said so, and no password is shown", async () => {
    await refuses(openGitLedger(one, { shared: { remote: "upstream" } }), "ledger-unreachable");
    const at = { shared: { remote: "http://ana:secret@127.0.0.1:1/ledger.git" } };
    const error = await refuses((await openGitLedger(one, at)).lock("uat", request()), "ledger-unreachable");
    assert.match(error.message, /127\.0\.0\.1:1\/ledger\.git/);
    assert.doesNotMatch(error.message, /secret/);
    const marked = { shared: { remote: "http://ana:sec@ret@127.0.0.1:1/ledger.git" } };
    const other = await refuses((await openGitLedger(one, marked)).lock("uat", request()), "ledger-unreachable");
    assert.doesNotMatch(other.message, /ret@/);
  });
});

describe("a shared ledger as git shows it", () => {
  let shared: Shared;
  let one = "";
  beforeEach(async () => {
    shared = await shareRepository();
    one = await shared.clone("one");
  });
  afterEach(() => shared.remove());

  test("a remote that was rewritten or emptied is an alarm for everybody who saw it", async () => {
    await deployed(await openGitLedger(one), "uat", 1, commit, "proven");
    const two = await shared.clone("two");
    assert.equal((await (await openGitLedger(two)).state("uat"))?.token, 1);
    const head = (await git(shared.remote, ["rev-parse", ref])).trim();
    const other = await shared.clone("other");
    await deployed(await openGitLedger(other, { shared: null }), "uat", 9, commit, "proven");
    const forged = ["push", "--quiet", "--force", "origin", `${ref}:${ref}`];
    const moves = [() => git(other, forged), () => git(shared.remote, ["update-ref", ref, `${head}~1`])];
    for (const move of [...moves, () => git(shared.remote, ["update-ref", "-d", ref])]) {
      await move();
      for (const clone of [one, two]) {
        const ledger = await openGitLedger(clone);
        await refuses(ledger.state("uat"), "ledger-rewritten");
        await refuses(ledger.history("uat", 5), "ledger-rewritten");
        await refuses(ledger.lock("uat", request()), "ledger-rewritten");
        await refuses(ledger.environments(), "ledger-rewritten");
      }
    }
    await git(one, ["push", "--quiet", "--force", "origin", `${head}:${ref}`]);
    assert.equal((await (await openGitLedger(two)).state("uat"))?.token, 1);
  });

  test("what was recorded in a clone that was cut off is put on top of what others recorded meanwhile", async () => {
    await deployed(await openGitLedger(one), "uat", 1, "1".repeat(40), "proven");
    const two = await shared.clone("two");
    await (await openGitLedger(two)).state("uat");
    await shared.away();
    const here = await openGitLedger(one);
    const before = await opened(here, "uat", 2, ulid(), "2".repeat(40));
    await before.append(surveyed("cut off"));
    await shared.back();
    const theirs = await deployed(await openGitLedger(two), "uat", 3, "3".repeat(40), "proven");
    await before.append(closing(before.rollout, "failed"));
    await before.close();
    const ids = await idsAt(shared);
    assert.ok(ids.includes(before.rollout) && ids.includes(theirs.rollout));
    await stateIsFoldOfChain(shared.remote, "uat");
    for (const clone of [one, two]) {
      const ledger = await openGitLedger(clone);
      assert.equal((await ledger.rollout("uat", before.rollout)).events.length, 3);
      assert.equal((await ledger.state("uat"))?.token, 3);
    }
    await git(shared.remote, ["fsck", "--strict"]);
  });

  test("a record that was a clone's own joins the shared one, and tokens go on from the highest of both", async () => {
    await deployed(await openGitLedger(one), "uat", 1, "1".repeat(40), "proven");
    const two = await shared.clone("two");
    const alone = await openGitLedger(two, { shared: null });
    for (let count = 0; count < 5; count += 1) await (await alone.lock("uat", request())).release();
    const theirs = await deployed(alone, "uat", 6, "2".repeat(40), "proven");
    const ledger = await openGitLedger(two);
    const lease = await ledger.lock("uat", request());
    assert.equal(lease.token, 7);
    const recorder = await opened(ledger, "uat", lease.token, lease.rollout);
    await recorder.close();
    await lease.release();
    const ids = (await (await openGitLedger(one)).history("uat", 9)).map(({ id }) => id);
    assert.equal(ids.length, 3);
    assert.ok(ids.includes(theirs.rollout));
    await stateIsFoldOfChain(shared.remote, "uat");
    // Going back to a ledger of its own is no alarm: what it holds now is what it has.
    assert.equal((await (await openGitLedger(two, { shared: null })).history("uat", 9)).length, 3);
  });

  test("a host that takes nothing by force and no deletion takes the ledger", async () => {
    for (const key of ["receive.denyNonFastForwards", "receive.denyDeletes", "transfer.fsckObjects"])
      await git(shared.remote, ["config", key, "true"]);
    const ledger = await openGitLedger(one, { leaseSeconds: 2, heartbeatSeconds: 0.2 });
    for (const token of [1, 2]) {
      const lease = await ledger.lock("uat", request());
      const recorder = await opened(ledger, "uat", lease.token, lease.rollout);
      await pause(500);
      await lease.check();
      await recorder.close();
      await ledger.keep(await headOf(one));
      await lease.release();
      assert.equal(lease.token, token);
    }
  });

  test("the user's clone is left as it was: branches, tags, settings, FETCH_HEAD, and it stays full", async () => {
    await deployed(await openGitLedger(one), "uat", 1, commit, "proven");
    await git(one, ["push", "--quiet", "origin", "HEAD:refs/heads/other", "HEAD:refs/tags/v2"]);
    const two = await shared.clone("two");
    await git(two, ["update-ref", "-d", "refs/tags/v2"]);
    const look = async () => [
      (await git(two, ["for-each-ref"])).split("\n").filter((line) => !line.includes("refs/landfall/")),
      await readFile(join(two, ".git/config"), "utf8"),
    ];
    const before = await look();
    const ledger = await openGitLedger(two);
    await ledger.environments();
    const lease = await ledger.lock("uat", request());
    await (await opened(ledger, "uat", lease.token, lease.rollout)).close();
    await lease.release();
    assert.deepEqual(await look(), before);
    await assert.rejects(stat(join(two, ".git/FETCH_HEAD")), { code: "ENOENT" });
    assert.equal((await git(two, ["rev-parse", "--is-shallow-repository"])).trim(), "false");
    assert.doesNotMatch((await refs(two)).join(" "), /unwritten|tmp/);
  });

  test("a shallow clone brings only the newest of the ledger, reads all of it, and writes", async () => {
    for (const token of [1, 2, 3]) await deployed(await openGitLedger(one), "uat", token, commit, "proven");
    const shallow = await shared.clone("shallow", "--depth=1");
    const ledger = await openGitLedger(shallow);
    assert.equal((await ledger.history("uat", 10)).length, 3);
    assert.equal((await git(shallow, ["rev-list", "--count", ref])).trim(), "1");
    await deployed(await openGitLedger(one), "uat", 4, commit, "proven");
    const lease = await ledger.lock("uat", request());
    const recorder = await opened(ledger, "uat", lease.token, lease.rollout);
    await recorder.close();
    await lease.release();
    assert.ok((await idsAt(shared)).includes(recorder.rollout));
    assert.equal((await git(shallow, ["rev-list", "--count", "HEAD"])).trim(), "1");
    await stateIsFoldOfChain(shared.remote, "uat");
    await git(shared.remote, ["update-ref", ref, `${ref}~1`]);
    await refuses((await openGitLedger(shallow)).state("uat"), "ledger-rewritten");
  });

  test("what is fetched is on the disk before a ref leads to it: a power cut would leave refs to empty objects", async () => {
    const two = await openGitLedger(await shared.clone("two"));
    await deployed(await openGitLedger(one), "uat", 1, commit, "proven");
    const gits = await storingGits(shared.folder, () => two.state("uat"));
    assert.deepEqual(
      gits.filter(({ flushes }) => flushes === 0),
      [],
    );
  });

  test("a partial clone has all of the ledger at once, and reads it also when the remote is away", async () => {
    await git(shared.remote, ["config", "uploadpack.allowFilter", "true"]);
    await deployed(await openGitLedger(one), "uat", 1, commit, "proven");
    const partial = await shared.clone("partial", "--filter=blob:none");
    await (await openGitLedger(partial)).environments();
    await shared.away();
    const ledger = await openGitLedger(partial);
    assert.equal((await ledger.state("uat"))?.token, 1);
    assert.equal((await ledger.history("uat", 5)).length, 1);
    await shared.back();
  });

  test("a login in the URL, new for each job, makes no other remote of it: what was seen there stays known", async () => {
    const job = async (login: string) => {
      const url = `https://${login}@git.invalid/remote.git`;
      await git(one, ["config", "remote.origin.url", url]);
      await git(one, ["config", `url.file://${shared.remote}.insteadOf`, url]);
      return await openGitLedger(one);
    };
    await deployed(await job("ci:first"), "uat", 1, commit, "proven");
    await git(shared.remote, ["update-ref", ref, `${ref}~1`]);
    await refuses((await job("ci:second")).state("uat"), "ledger-rewritten");
  });

  test("a ledger in a repository of its own leaves the source's remote alone, but for the commits that it keeps", async () => {
    await git(shared.folder, ["init", "--quiet", "--bare", "ledger.git"]);
    const at = { shared: { remote: join(shared.folder, "ledger.git") } };
    const ledger = await openGitLedger(one, at);
    const kept = await headOf(one);
    const recorder = await deployed(ledger, "uat", 1, kept, "proven");
    await ledger.keep(kept);
    const there = await openGitLedger(await shared.clone("two"), at);
    assert.equal((await there.history("uat", 5))[0]?.id, recorder.rollout);
    assert.equal(
      await git(shared.remote, ["for-each-ref", "--format=%(refname)", "refs/landfall/"]),
      `refs/landfall/keep/${kept}\n`,
    );
    assert.equal((await git(one, ["rev-parse", "--is-shallow-repository"])).trim(), "false");
  });

  test("over git's own server the story is the same", async () => {
    const server = await serveGit(shared.folder, true);
    try {
      const at = { shared: { remote: `${server.url}/remote.git` } };
      const ledger = await openGitLedger(one, at);
      const lease = await ledger.lock("uat", request());
      await (await deployed(ledger, "uat", lease.token, commit, "proven")).close();
      const two = await openGitLedger(await shared.clone("two"), at);
      await refuses(two.lock("uat", request()), "lock-held");
      await lease.release();
      await (await two.lock("uat", request())).release();
      assert.equal((await two.history("uat", 5)).length, 1);
    } finally {
      await server.stop();
    }
  });
});

function stage(name: "execute" | "plan"): RolloutEvent {
  return { event: "stage", at: new Date().toISOString(), stage: name };
}

/** Records a refused attempt, as a rollout does that could not take the lock. */
async function refused(clone: string): Promise<Recorder> {
  const recorder = await (await openGitLedger(clone)).record("uat", ulid(), "shop");
  await recorder.append(refusal("uat", recorder.rollout));
  await recorder.close();
  return recorder;
}

async function headOf(clone: string): Promise<string> {
  return (await git(clone, ["rev-parse", "HEAD"])).trim();
}

/** The rollouts that the remote itself has, read with plain git. */
async function idsAt({ remote }: Shared): Promise<string[]> {
  const paths = await git(remote, ["ls-tree", "-r", "--name-only", ref, "rollouts/"]);
  return [...new Set(paths.split("\n").map((path) => path.split("/")[2] ?? ""))];
}
