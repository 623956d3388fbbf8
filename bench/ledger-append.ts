import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ulid } from "ulid";
import { git } from "../src/io/git.ts";
import { stateText } from "../src/ledger/append-commit.ts";
import { commitStream } from "../src/ledger/fast-import.ts";
import { emptyState, fold, openScope } from "../src/ledger/fold.ts";
import { openGitLedger } from "../src/ledger/git-store.ts";
import { rolloutFolder, unwrittenRef } from "../src/ledger/refs.ts";
import { closing, evidence, opening, surveyed } from "../src/ledger/scenes.ts";
import type { State } from "../src/model/state.ts";
import { appendAll, appends, gitStarts, type Pair } from "./ledger-rollout.ts";
import { type SharedAppend, sharedAppend } from "./ledger-shared.ts";
import { median } from "./measure.ts";

export interface LedgerAppend {
  rollouts: Pair;
  /** Appends in each measured rollout, its opening and closing included; each is awaited before the next. */
  appends: number;
  rounds: number;
  /** Git processes of one whole measured rollout, those that git starts itself included. */
  processes: Pair;
  /** CPU of one whole measured rollout, ours and git's, in milliseconds: the median. Null where /proc does not tell. */
  cpu: Pair | null;
  /** Wall time of one append in milliseconds: the median. */
  wall: Pair;
  /** Bytes of state.json at the start. */
  stateBytes: Pair;
  /** The same rollouts, under a lease and with a remote. */
  shared: SharedAppend;
}

const rollouts: Pair = { small: 1, large: 5000 };
const perMonth = 200;
const rounds = 7;

/** Compares what an append costs at rollout 1 and at rollout 5,000, in rounds that take turns. */
export async function ledgerAppend(): Promise<LedgerAppend> {
  const folder = await mkdtemp(join(tmpdir(), "landfall-append-"));
  try {
    const small = await seed(join(folder, "small"), rollouts.small);
    const large = await seed(join(folder, "large"), rollouts.large);
    const processes = { small: await countProcesses(folder, small), large: await countProcesses(folder, large) };
    const measured = { small: [] as Measured[], large: [] as Measured[] };
    for (let round = 0; round < rounds; round += 1) {
      // Turn about, so that what else the machine does meets both alike.
      const pair = [["small", small] as const, ["large", large] as const];
      for (const [name, seeded] of round % 2 === 0 ? pair : pair.reverse()) measured[name].push(await measure(seeded));
    }
    const each = (figure: (of: Measured[]) => number): Pair => ({
      small: figure(measured.small),
      large: figure(measured.large),
    });
    const cpu = each((of) => median(of.map((one) => one.cpu)));
    return {
      rollouts,
      appends,
      rounds,
      processes,
      cpu: Number.isNaN(cpu.small) ? null : cpu,
      wall: each((of) => median(of.flatMap((one) => one.walls))),
      stateBytes: { small: small.stateBytes, large: large.stateBytes },
      shared: await sharedAppend(folder, { small: small.repository, large: large.repository }, rounds),
    };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

interface Seeded {
  repository: string;
  head: string;
  stateBytes: number;
}

/** Makes a ledger of many rollouts with one stream: four segments each, two hundred a month, as a busy team would leave. */
async function seed(repository: string, count: number): Promise<Seeded> {
  await git(tmpdir(), ["init", "--quiet", "--bare", repository]);
  const ref = "refs/landfall/ledger/uat";
  const parts: Buffer[] = [];
  let state: State = emptyState(ulid(), "shop", "uat");
  for (let index = 0; index < count; index += 1) {
    const month = new Date(Date.UTC(2022, Math.floor(index / perMonth), 1 + (index % 28))).getTime();
    const rollout = ulid(month + index);
    const scope = openScope(rollout);
    const commit = index.toString(16).padStart(40, "0");
    const events = [
      opening("uat", index + 1, rollout, commit),
      surveyed("behind"),
      evidence(),
      closing(rollout, "proven"),
    ];
    state = events.reduce((folded, event) => fold(folded, event, scope), state);
    const files = events.map((event, segment) => ({
      path: `${rolloutFolder(rollout)}/${segment + 1}.ndjson`,
      content: `${JSON.stringify(event)}\n`,
    }));
    // The states in between are never read: only the last one counts.
    if (index === count - 1) files.push({ path: "state.json", content: stateText(state) });
    const stream = commitStream({ parent: index === 0 ? null : `${ref}^0`, message: `${rollout}\n`, files });
    parts.push(stream.contents, ontoRef(stream.commit, ref));
  }
  await git(repository, ["fast-import", "--done", "--quiet"], {
    input: Buffer.concat([...parts, Buffer.from("done\n")]),
  });
  return { repository, head: (await git(repository, ["rev-parse", ref])).trim(), stateBytes: stateText(state).length };
}

/** A seed needs no answer and no checkpoint: all of it goes straight onto its ref, and becomes one pack as after git's own tidying. */
function ontoRef(commit: Buffer, ref: string): Buffer {
  const text = commit
    .toString("utf8")
    .replace(`reset ${unwrittenRef}\n\ncheckpoint\n\nget-mark :1\n`, "")
    .replace(unwrittenRef, ref);
  // Each commit follows the one before on the same branch, which git knows without `from`.
  return Buffer.from(text.replace(/^from .*\n/m, ""));
}

interface Measured {
  walls: number[];
  cpu: number;
}

async function measure(seeded: Seeded): Promise<Measured> {
  await backToSeed(seeded);
  const before = await cpuMilliseconds();
  const walls = await recordRollout(seeded.repository);
  return { walls, cpu: (await cpuMilliseconds()) - before };
}

/** One rollout as deploys make them. Gives the wall time of each append in milliseconds. */
async function recordRollout(repository: string): Promise<number[]> {
  const ledger = await openGitLedger(repository, { shared: null });
  return await appendAll(await ledger.record("uat", ulid(), "shop"));
}

async function backToSeed({ repository, head }: Seeded): Promise<void> {
  const commands = `update refs/landfall/ledger/uat ${head}\nupdate refs/landfall/seen/uat ${head}\n`;
  await git(repository, ["update-ref", "--stdin"], { input: commands });
}

async function countProcesses(folder: string, seeded: Seeded): Promise<number> {
  await backToSeed(seeded);
  return (await gitStarts(folder, () => recordRollout(seeded.repository))).length;
}

/** Ours and that of the children that ended, from proc_pid_stat(5), fields 14 to 17: hundredths of a second. */
async function cpuMilliseconds(): Promise<number> {
  const stat = await readFile("/proc/self/stat", "utf8").catch(() => "");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return 10 * fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) || Number.NaN;
}
