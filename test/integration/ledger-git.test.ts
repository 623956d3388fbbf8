import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { ulid } from "ulid";
import { git } from "../../src/io/git.ts";
import { openGitLedger } from "../../src/ledger/git-store.ts";
import { deployed, opened, refuses, request, surveyed } from "../../src/ledger/scenes.ts";
import { refs, stateIsFoldOfChain } from "../helpers/ledger-chain.ts";

const ref = "refs/landfall/ledger/uat";

describe("the ledger as git shows it", () => {
  let folder = "";
  let repository = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "landfall-git-"));
    repository = join(folder, "shop");
    await git(folder, ["init", "--quiet", repository]);
  });
  afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

  const record = async () => await deployed(await openGitLedger(repository), "uat", 1, "a".repeat(40), "proven");
  /** Puts a commit with one changed file onto the chain, as only a person with plain git would. */
  const tamper = async (path: string, content: string, parents: string[]) => {
    const blob = (await git(repository, ["hash-object", "-w", "--stdin"], { input: content })).trim();
    const index = ["-c", `alias.at=!GIT_INDEX_FILE='${join(folder, "index")}' git`];
    await git(repository, [...index, "at", "read-tree", ref]);
    await git(repository, [...index, "at", "update-index", "--add", "--cacheinfo", `100644,${blob},${path}`]);
    const tree = (await git(repository, [...index, "at", "write-tree"])).trim();
    const who = ["-c", "user.name=eve", "-c", "user.email=eve@invalid"];
    const commit = await git(repository, [
      ...who,
      "commit-tree",
      tree,
      "-m",
      "tampered",
      ...parents.flatMap((id) => ["-p", id]),
    ]);
    await git(repository, ["update-ref", ref, commit.trim()]);
  };
  const head = async () => (await git(repository, ["rev-parse", ref])).trim();

  test("a record that does not descend from the one last seen is an alarm", async () => {
    await record();
    await tamper("state.json", await git(repository, ["show", `${ref}:state.json`]), []);
    const ledger = await openGitLedger(repository);
    await refuses(ledger.state("uat"), "ledger-rewritten");
    await refuses(ledger.history("uat", 1), "ledger-rewritten");
    await refuses(ledger.record("uat", ulid(), "shop"), "ledger-rewritten");
    await refuses(ledger.lock("uat", request()), "ledger-rewritten");
  });

  test("a record that went back to an earlier commit is an alarm, and so is one that is gone", async () => {
    await record();
    await git(repository, ["update-ref", ref, `${ref}~1`]);
    const ledger = await openGitLedger(repository);
    await refuses(ledger.state("uat"), "ledger-rewritten");
    await git(repository, ["update-ref", "-d", ref]);
    await refuses(ledger.state("uat"), "ledger-rewritten");
  });

  test("a state that is malformed or missing is damage, never an empty state", async () => {
    await record();
    const ledger = await openGitLedger(repository);
    for (const content of ["", "{", "[]", '{"schemaVersion": 2}', '{"schemaVersion": 1, "token": "1"}']) {
      await tamper("state.json", content, [await head()]);
      await refuses(ledger.state("uat"), "ledger-damaged");
    }
  });

  test("a segment that is malformed is damage, and is named", async () => {
    const { rollout } = await record();
    const path = (await git(repository, ["ls-tree", "-r", "--name-only", ref]))
      .split("\n")
      .find((line) => line.endsWith("/2.ndjson"));
    await tamper(path ?? "", '{"event":"stage"\n', [await head()]);
    const error = await refuses((await openGitLedger(repository)).rollout("uat", rollout), "ledger-damaged");
    assert.match(error.message, /2\.ndjson/);
    await tamper("rollouts/2026-11/notes/1.ndjson", "", [await head()]);
    await refuses((await openGitLedger(repository)).history("uat", 100), "ledger-damaged");
  });

  test("a head whose commit is gone is damage, not an empty ledger", async () => {
    await record();
    const commit = await head();
    await rm(join(repository, ".git/objects", commit.slice(0, 2), commit.slice(2)));
    await refuses((await openGitLedger(repository)).state("uat"), "ledger-damaged");
  });

  test("state.json is the fold of the whole chain, and plain git shows it", async () => {
    const ledger = await openGitLedger(repository);
    await record();
    const one = await opened(ledger, "uat", 2);
    const two = await opened(await openGitLedger(repository), "uat", 3);
    await Promise.all(Array.from({ length: 12 }, (_, index) => (index % 2 ? one : two).append(surveyed(`${index}`))));
    await Promise.all([one.close(), two.close()]);
    await stateIsFoldOfChain(repository, "uat");
    assert.deepEqual(JSON.parse(await git(repository, ["show", `${ref}:state.json`])), await ledger.state("uat"));
    assert.deepEqual(await refs(repository), [ref, "refs/landfall/seen/uat"]);
    await git(repository, ["fsck", "--strict"]);
  });

  test("events that arrive while a batch is being written share the next one", async () => {
    const recorder = await opened(await openGitLedger(repository), "uat", 1);
    const first = recorder.append(surveyed("0"));
    await new Promise(setImmediate);
    await Promise.all([first, ...Array.from({ length: 20 }, (_, index) => recorder.append(surveyed(`${index + 1}`)))]);
    await recorder.close();
    assert.equal((await git(repository, ["rev-list", "--count", ref])).trim(), "3");
  });

  test("the committer is always set, and no hook of the user runs", async () => {
    const hook = join(repository, ".git/hooks/reference-transaction");
    await mkdir(join(repository, ".git/hooks"), { recursive: true });
    await writeFile(hook, "#!/bin/sh\nexit 1\n");
    await chmod(hook, 0o755);
    await git(repository, ["config", "user.useConfigOnly", "true"]);
    await record();
    const lease = await (await openGitLedger(repository)).lock("uat", request());
    await lease.release();
    assert.equal((await git(repository, ["log", "-1", "--format=%cn", ref])).trim(), "Landfall");
  });

  test("variables that point git elsewhere or make it print are not followed", async () => {
    const before = { ...process.env };
    Object.assign(process.env, {
      GIT_DIR: "/nowhere",
      GIT_INDEX_FILE: "/nowhere",
      GIT_TRACE: "1",
      LC_ALL: "de_DE.UTF-8",
    });
    try {
      await record();
      assert.equal((await (await openGitLedger(repository)).history("uat", 5)).length, 1);
    } finally {
      process.env = before;
    }
  });

  test("a ref that a killed git left locked is reported with what to remove, and nothing is lost", async () => {
    const { rollout } = await record();
    const lock = join(repository, ".git", `${ref}.lock`);
    await writeFile(lock, "");
    const ledger = await openGitLedger(repository);
    const recorder = await ledger.record("uat", ulid(), "shop");
    const error = await refuses(recorder.append(surveyed("late")), "ledger-write-failed");
    assert.equal(error.refusal, "blocked");
    assert.ok(error.findings[0]?.fix?.includes("uat.lock"));
    await rm(lock);
    await recorder.append(surveyed("later"));
    await recorder.close();
    assert.equal((await ledger.rollout("uat", rollout)).outcome.outcome, "proven");
  });

  test("a linked worktree has the same ledger, and a clone fetches none of it unasked", async () => {
    await git(repository, [
      "-c",
      "user.name=ana",
      "-c",
      "user.email=ana@invalid",
      "commit",
      "--quiet",
      "--allow-empty",
      "-m",
      "one",
    ]);
    await record();
    await git(repository, ["worktree", "add", "--quiet", join(folder, "linked")]);
    assert.equal((await (await openGitLedger(join(folder, "linked"))).state("uat"))?.token, 1);
    await git(folder, ["clone", "--quiet", `file://${repository}`, "clone"]);
    const clone = join(folder, "clone");
    assert.equal(await git(clone, ["for-each-ref", "refs/landfall/"]), "");
    assert.equal(await (await openGitLedger(clone, { shared: null })).state("uat"), null);
    assert.equal((await (await openGitLedger(clone)).state("uat"))?.token, 1);
  });

  test("where there is no repository there is no ledger, and that is said", async () => {
    const ledger = await openGitLedger(folder);
    await refuses(ledger.state("uat"), "not-a-repository");
    await refuses(ledger.environments(), "not-a-repository");
    await refuses(ledger.lock("uat", request()), "not-a-repository");
    await refuses(ledger.record("uat", ulid(), "shop"), "not-a-repository");
  });

  test("a repository with longer object names has a ledger all the same", async () => {
    repository = join(folder, "sha256");
    await git(folder, ["init", "--quiet", "--object-format=sha256", repository]);
    await record();
    const ledger = await openGitLedger(repository);
    await (await ledger.lock("uat", request())).release();
    assert.equal((await ledger.history("uat", 5))[0]?.events.length, 4);
  });

  test("a name that could leave the ledger's folder is refused", async () => {
    const ledger = await openGitLedger(repository);
    for (const name of ["../keep", "a/b", "", "-x", "UAT", "a\nb"])
      await refuses(ledger.state(name), "unknown-environment");
  });
});
