import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { ulid } from "ulid";
import { git } from "../../src/io/git.ts";
import { openGitLedger } from "../../src/ledger/git-store.ts";
import { closing, opened } from "../../src/ledger/scenes.ts";
import { refs, stateIsFoldOfChain } from "../helpers/ledger-chain.ts";

const script = new URL("../helpers/ledger-writer.ts", import.meta.url).pathname;
/** Who is killed: the process, only the git that it talks to, or all of them at once, as when the machine loses power. */
const victims = ["process", "git", "all"] as const;
/** As many moments as fit into the time, so that a busy machine does not make the test long. */
const moments = 12;
const milliseconds = 6000;

describe("two processes record at once, and one is killed at any moment", () => {
  let repository = "";
  before(async () => {
    repository = await mkdtemp(join(tmpdir(), "landfall-kill-"));
    await git(repository, ["init", "--quiet"]);
  });
  after(() => rm(repository, { recursive: true, force: true, maxRetries: 5 }));

  for (const victim of victims)
    test(`nothing acknowledged is lost when ${victim} is killed`, async () => {
      const random = generator(victims.indexOf(victim) + 1);
      const begun = performance.now();
      for (let moment = 0; moment < moments && performance.now() - begun < milliseconds; moment += 1) {
        const writers = [start(repository), start(repository)] as const;
        await writers[0].opened;
        await pause(random() * 150);
        await kill(writers[0].child, victim);
        await clearStaleLocks(repository);
        await Promise.all(writers.map((writer) => writer.ended));
        await quiet(repository);
        for (const writer of writers) await everyAcknowledgedEventIsThere(repository, writer);
        assert.ok(writers[1].said.includes("ack closed"), `the other one goes on: ${writers[1].said.at(-1)}`);
        // A batch whose git was killed is refused; the next one has a new git.
        const refused = writers[0].said.filter((line) => line.startsWith("refused"));
        assert.ok(refused.length <= 2, refused.join("; "));
      }
      await stateIsFoldOfChain(repository, "uat");
      await git(repository, ["fsck", "--strict"]);
    });

  test("killed writers leave no ref behind, and the next one sweeps the reports of their gits", async () => {
    const recorder = await opened(await openGitLedger(repository), "uat", 2);
    await recorder.append(closing(recorder.rollout, "proven"));
    await recorder.close();
    assert.deepEqual(await refs(repository), ["refs/landfall/ledger/uat", "refs/landfall/seen/uat"]);
    const reports = execFileSync("ls", [join(repository, ".git")], { encoding: "utf8" });
    assert.doesNotMatch(reports, /fast_import_crash/);
  });
});

interface Writer {
  child: ChildProcess;
  rollout: string;
  said: string[];
  opened: Promise<void>;
  ended: Promise<void>;
}

function start(repository: string): Writer {
  const rollout = ulid();
  const child = spawn(process.execPath, [script, repository, rollout, "10"], { stdio: ["ignore", "pipe", "inherit"] });
  const said: string[] = [];
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const opened = new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk: Buffer) => {
      said.push(...chunk.toString("utf8").trim().split("\n"));
      resolve();
    });
    void ended.then(resolve);
  });
  return { child, rollout, said, opened, ended };
}

async function kill(child: ChildProcess, victim: (typeof victims)[number]): Promise<void> {
  const git = child.pid === undefined ? [] : descendants(child.pid);
  const pids = victim === "process" ? [child.pid] : victim === "git" ? git : [child.pid, ...git];
  for (const pid of pids) {
    try {
      if (pid !== undefined) process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself in the meantime.
    }
  }
}

function descendants(pid: number): number[] {
  const pairs = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    pairs.flatMap(([child, its]) => (child !== undefined && its === parent ? [child, ...below(child)] : []));
  return below(pid);
}

/** A git that outlived its caller may still finish what it was told: the record counts from then on. */
async function quiet(repository: string): Promise<void> {
  for (let rounds = 0; rounds < 100; rounds += 1) {
    const before = await git(repository, ["for-each-ref", "refs/landfall/ledger/"]);
    await pause(30);
    if (before === (await git(repository, ["for-each-ref", "refs/landfall/ledger/"]))) return;
  }
}

/** When even git is killed in the middle, its lock file stays, and the error that follows says what to remove: as here. */
async function clearStaleLocks(repository: string): Promise<void> {
  const folder = join(repository, ".git/refs/landfall");
  const before = await locksIn(folder);
  if (before.length === 0) return;
  await pause(300);
  for (const lock of await locksIn(folder))
    if (before.includes(lock)) await rm(lock.split(" ")[0] ?? "", { force: true });
}

async function locksIn(folder: string): Promise<string[]> {
  // `find` goes on when a folder vanishes under it.
  const found = spawnSync("find", [folder, "-name", "*.lock"], { encoding: "utf8" }).stdout.split("\n").filter(Boolean);
  return await Promise.all(found.map(async (path) => `${path} ${(await stat(path).catch(() => null))?.ino}`));
}

async function everyAcknowledgedEventIsThere(repository: string, { rollout, said }: Writer): Promise<void> {
  const acknowledged = said.flatMap((line) => /^ack (\d+)$/.exec(line)?.[1] ?? []);
  if (!said.includes("ack opened")) return;
  const { events } = await (await openGitLedger(repository)).rollout("uat", rollout);
  const recorded = events.flatMap((event) => (event.event === "surveyed" ? [event.summary] : []));
  assert.deepEqual(
    acknowledged.filter((index) => !recorded.includes(index)),
    [],
    `${rollout} lost something`,
  );
  assert.deepEqual(
    recorded,
    [...new Set(recorded)].sort((a, b) => Number(a) - Number(b)),
  );
}

/** The same moments in every run: a linear congruential generator, 0 ≤ x < 1. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}
