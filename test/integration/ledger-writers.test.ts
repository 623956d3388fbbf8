import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { afterEach, beforeEach, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { ulid } from "ulid";
import { git } from "../../src/io/git.ts";
import { openGitLedger } from "../../src/ledger/git-store.ts";
import { closing } from "../../src/ledger/scenes.ts";
import { stateIsFoldOfChain } from "../helpers/ledger-chain.ts";
import { type Shared, shareRepository } from "../helpers/shared-ledger.ts";

const script = new URL("../helpers/ledger-writer.ts", import.meta.url).pathname;
const environments = ["uat", "prod"] as const;

describe("ten writers on one remote, in two environments", () => {
  let shared: Shared;
  beforeEach(async () => {
    shared = await shareRepository();
  });
  afterEach(() => shared.remove());

  test("some are killed at any moment: nothing acknowledged is lost, once their clones run again", async () => {
    // Two writers share each of five clones; each environment is written from all of them, without a lock.
    const clones = await Promise.all([0, 1, 2, 3, 4].map((index) => shared.clone(`clone-${index}`)));
    const writers = clones.flatMap((clone) => environments.map((environment) => start(clone, environment, false)));
    const victims = writers.filter((_, index) => index % 4 === 1);
    await Promise.all(
      victims.map(async (victim, index) => {
        await victim.opened;
        await pause(index * 120);
        victim.child.kill("SIGKILL");
      }),
    );
    await Promise.all(writers.map((writer) => writer.ended));
    for (const writer of writers.filter((one) => !victims.includes(one)))
      assert.ok(writer.said.includes("ack closed"), `${writer.environment}: ${writer.said.at(-1)}`);
    // The next run in a clone sends what a killed one left there.
    for (const { clone, environment, rollout } of victims) {
      const recorder = await (await openGitLedger(clone)).record(environment, ulid(), "shop");
      await recorder.append(closing(rollout, "interrupted"));
      await recorder.close();
    }
    const elsewhere = await openGitLedger(await shared.clone("elsewhere"));
    for (const writer of writers) await everyAcknowledgedEventIsThere(elsewhere, writer);
    for (const environment of environments) await stateIsFoldOfChain(shared.remote, environment);
    await git(shared.remote, ["fsck", "--strict"]);
  });

  test("under the lock their rollouts follow each other, and tokens tell in which order", async () => {
    const clones = await Promise.all([0, 1, 2, 3, 4].map((index) => shared.clone(`clone-${index}`)));
    const writers = clones.flatMap((clone) => environments.map((environment) => start(clone, environment, true)));
    // Whoever holds the lock dies with it; others of its host take over at once.
    await writers[0]?.opened;
    writers[0]?.child.kill("SIGKILL");
    await Promise.all(writers.map((writer) => writer.ended));
    for (const environment of environments) {
      const order = await rolloutsInOrder(shared, environment);
      const living = writers.filter((one) => one.environment === environment && one !== writers[0]);
      for (const writer of living) {
        assert.ok(writer.said.includes("ack closed"), writer.said.at(-1));
        const first = order.indexOf(writer.rollout);
        const own = order.slice(first, order.lastIndexOf(writer.rollout) + 1);
        assert.deepEqual([...new Set(own)], [writer.rollout]);
      }
      const ledger = await openGitLedger(clones[0] ?? "");
      const tokens = (await ledger.history(environment, 20)).flatMap(({ id, opened }) =>
        opened.event === "rollout-opened" ? [{ id, token: opened.token }] : [],
      );
      const byToken = tokens.sort((a, b) => a.token - b.token).map(({ id }) => id);
      assert.deepEqual(
        [...new Set(order)].filter((id) => living.some((writer) => writer.rollout === id)),
        byToken.filter((id) => living.some((writer) => writer.rollout === id)),
      );
      assert.equal(new Set(tokens.map(({ token }) => token)).size, tokens.length);
    }
  });
});

interface Writer {
  clone: string;
  environment: string;
  child: ChildProcess;
  rollout: string;
  said: string[];
  opened: Promise<void>;
  ended: Promise<void>;
}

function start(clone: string, environment: string, locks: boolean): Writer {
  const rollout = ulid();
  const args = [script, clone, rollout, "6", environment, ...(locks ? ["lock"] : [])];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const said: string[] = [];
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const opened = new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk: Buffer) => {
      said.push(...chunk.toString("utf8").trim().split("\n"));
      resolve();
    });
    void ended.then(resolve);
  });
  return { clone, environment, child, rollout, said, opened, ended };
}

async function everyAcknowledgedEventIsThere(
  ledger: Awaited<ReturnType<typeof openGitLedger>>,
  { environment, rollout, said }: Writer,
): Promise<void> {
  const acknowledged = said.filter((line) => line.startsWith("ack ")).map((line) => line.slice(4));
  if (acknowledged.length === 0) return;
  const { events } = await ledger.rollout(environment, rollout);
  const names = events.map((event) =>
    event.event === "surveyed" ? event.summary : event.event === "rollout-opened" ? "opened" : "closed",
  );
  for (const name of acknowledged) assert.ok(names.includes(name), `${rollout} lost ${name}`);
  assert.equal(new Set(names).size, names.length, "nothing is there twice");
}

/** The rollout of each segment, in the order in which the remote's chain took them up. */
async function rolloutsInOrder({ remote }: Shared, environment: string): Promise<string[]> {
  const ref = `refs/landfall/ledger/${environment}`;
  const log = await git(remote, ["log", "--reverse", "--format=", "--name-only", "--diff-filter=A", "--root", ref]);
  return log
    .split("\n")
    .filter((path) => path.endsWith(".ndjson"))
    .map((path) => path.split("/")[2] ?? "");
}
