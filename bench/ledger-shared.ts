import { cp } from "node:fs/promises";
import { join } from "node:path";
import { ulid } from "ulid";
import { git } from "../src/io/git.ts";
import { openGitLedger } from "../src/ledger/git-store.ts";
import { request } from "../src/ledger/scenes.ts";
import { appendAll, gitStarts, type Pair } from "./ledger-rollout.ts";
import { median } from "./measure.ts";

/** What a rollout costs whose ledger is shared through a remote on the same disk: lock, record, release. */
export interface SharedAppend {
  /** Git processes of the whole rollout, on both sides. */
  processes: Pair;
  /** Pushes of the whole rollout: each is a round trip. */
  pushes: Pair;
  /** Wall time of one append, and of the whole rollout, in milliseconds: medians. */
  append: Pair;
  rollout: Pair;
}

/** Compares at rollout 1 and at rollout 5,000, in rounds that take turns. Nothing is sent by the clock, so counts repeat. */
export async function sharedAppend(
  folder: string,
  seeds: { small: string; large: string },
  rounds: number,
): Promise<SharedAppend> {
  const small = await share(folder, "small", seeds.small);
  const large = await share(folder, "large", seeds.large);
  const started = { small: await starts(folder, small), large: await starts(folder, large) };
  const measured = { small: [] as Measured[], large: [] as Measured[] };
  for (let round = 0; round < rounds; round += 1) {
    const pair = [["small", small] as const, ["large", large] as const];
    for (const [name, scene] of round % 2 === 0 ? pair : pair.reverse()) measured[name].push(await measure(scene));
  }
  const each = <T>(of: { small: T; large: T }, figure: (one: T) => number): Pair => ({
    small: figure(of.small),
    large: figure(of.large),
  });
  return {
    processes: each(started, (all) => all.length),
    pushes: each(started, (all) => all.filter((args) => args.includes("push")).length),
    append: each(measured, (all) => median(all.flatMap(({ appends }) => appends))),
    rollout: each(measured, (all) => median(all.map(({ whole }) => whole))),
  };
}

interface Scene {
  clone: string;
  remote: string;
  /** What each repository's refs were before anything was measured. */
  before: { clone: string; remote: string };
}

/** A clone that has read the whole ledger once. */
async function share(folder: string, name: string, seed: string): Promise<Scene> {
  const remote = join(folder, `${name}-remote.git`);
  const clone = join(folder, `${name}-clone`);
  await cp(seed, remote, { recursive: true });
  for (const line of (await refsOf(remote)).split("\n").filter((each) => each && !each.includes("/ledger/")))
    await git(remote, ["update-ref", "-d", line.split(" ")[0] ?? ""]);
  await git(folder, ["init", "--quiet", "--bare", clone]);
  await git(clone, ["remote", "add", "origin", remote]);
  await (await openGitLedger(clone)).state("uat");
  return { clone, remote, before: { clone: await refsOf(clone), remote: await refsOf(remote) } };
}

interface Measured {
  appends: number[];
  whole: number;
}

async function measure(scene: Scene): Promise<Measured> {
  await backToSeed(scene.clone, scene.before.clone);
  await backToSeed(scene.remote, scene.before.remote);
  const begun = performance.now();
  const appends = await rollout(scene.clone);
  return { appends, whole: performance.now() - begun };
}

async function starts(folder: string, scene: Scene): Promise<string[][]> {
  const all = await gitStarts(folder, () => rollout(scene.clone));
  await backToSeed(scene.clone, scene.before.clone);
  await backToSeed(scene.remote, scene.before.remote);
  return all;
}

async function rollout(clone: string): Promise<number[]> {
  const ledger = await openGitLedger(clone, { heartbeatSeconds: 3600, sendEverySeconds: 3600 });
  const id = ulid();
  const lease = await ledger.lock("uat", request({ rollout: id }));
  const walls = await appendAll(await ledger.record("uat", id, "shop"));
  await lease.release();
  return walls;
}

async function refsOf(repository: string): Promise<string> {
  return await git(repository, ["for-each-ref", "--format=%(refname) %(objectname)", "refs/landfall/"]);
}

async function backToSeed(repository: string, refs: string): Promise<void> {
  const wanted = new Map(refs.split("\n").flatMap((line) => (line ? [line.split(" ") as [string, string]] : [])));
  const now = (await refsOf(repository)).split("\n").flatMap((line) => line.split(" ")[0] || []);
  const gone = now.filter((ref) => !wanted.has(ref)).map((ref) => `delete ${ref}\n`);
  const moved = [...wanted].map(([ref, id]) => `update ${ref} ${id}\n`);
  await git(repository, ["update-ref", "--stdin"], { input: [...gone, ...moved].join("") });
}
