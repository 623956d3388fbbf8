import { join } from "node:path";
import { type Counts, count } from "./counts.ts";
import { type LedgerAppend, ledgerAppend } from "./ledger-append.ts";
import { type Measured, measure } from "./measure.ts";
import { met, print } from "./print.ts";
import { smallLedger } from "./small-ledger.ts";

/**
 * `npm run bench`: counts first, since they are the same on every machine; then CPU and wall time as ratios to a named
 * peer of the same run. Exit code 1 when a count is above its limit; times depend on the machine and only tell.
 */
const root = join(import.meta.dirname, "..");
const cli = join(root, "dist/cli.js");
const node = process.execPath;
const help = [node, cli, "--help"];
const status = [node, cli, "status"];
const rounds = 9;

const ledger = await smallLedger();
try {
  // The first run fills Node's compile cache.
  count(help, root);
  const append = await ledgerAppend();
  const counts = [
    ...startCounts("landfall --help", count(help, root), { files: 6, kib: 22, git: 0 }),
    ...startCounts("landfall status", count(status, ledger.directory), { files: 45, kib: 300, git: 4 }),
    appendCount(append),
    ...sharedCounts(append),
  ];
  print(
    "Counts",
    counts.map(({ name, what, value, limit }) => [name, what, String(value), `limit ${limit}`, met(value <= limit)]),
  );
  if (counts.some(({ value, limit }) => value > limit)) process.exitCode = 1;
  const [peer, ...others] = measure(
    [
      { name: "node -e 0", command: [node, "-e", "0"], cwd: root },
      { name: "landfall --help", command: help, cwd: root },
      { name: "landfall status", command: status, cwd: ledger.directory },
    ],
    rounds,
    5,
  );
  if (!peer) throw new Error("nothing was measured");
  const title = `Node ${process.versions.node}, medians of ${rounds} interleaved rounds, as a ratio to ${peer.name}`;
  const goals = [1.5, 3];
  for (const kind of ["cpu", "wall"] as const)
    print(`${kind === "cpu" ? "CPU" : "Wall"} time to start (${title})`, timeRows(kind, peer, others, goals));
  print(
    `Ledger append (a rollout of ${append.appends} events, medians of ${append.rounds} rounds)`,
    appendRows(append),
  );
} finally {
  ledger.remove();
}

interface CountRow {
  name: string;
  what: string;
  value: number;
  limit: number;
}

function startCounts(name: string, counts: Counts, limits: Counts): CountRow[] {
  const words = { files: "files loaded", kib: "KiB loaded", git: "git processes" } as const;
  const keys = ["files", "kib", "git"] as const;
  return keys.map((key) => ({ name, what: words[key], value: counts[key], limit: limits[key] }));
}

/** An append must not start more processes because the ledger is long. */
function appendCount({ processes, rollouts }: LedgerAppend): CountRow {
  const what = `processes of a rollout with ${rollouts.large} before it`;
  return { name: "ledger append", what, value: processes.large, limit: processes.small };
}

/** Nor when it is shared; and what is awaited over the network is little: taking the lock, the record's end, the release. */
function sharedCounts({ shared, rollouts }: LedgerAppend): CountRow[] {
  const name = "shared ledger";
  return [
    {
      name,
      what: `processes of a rollout with ${rollouts.large} before it`,
      value: shared.processes.large,
      limit: shared.processes.small,
    },
    { name, what: "pushes of a rollout", value: shared.pushes.large, limit: 3 },
  ];
}

function timeRows(
  kind: "cpu" | "wall",
  peer: Measured,
  others: readonly Measured[],
  goals: readonly number[],
): string[][] {
  const row = (each: Measured, end: string) => [
    each.name,
    `${each[kind].toFixed(0)} ms`,
    `${(each[kind] / peer[kind]).toFixed(2)} ×`,
    end,
  ];
  const goal = (each: Measured, limit: number) => `goal ${limit} × ${met(each[kind] / peer[kind] <= limit)}`;
  return [row(peer, ""), ...others.map((each, index) => row(each, goal(each, goals[index] ?? 1)))];
}

function appendRows({ rollouts, cpu, wall, stateBytes, shared }: LedgerAppend): string[][] {
  const ratio = ({ small, large }: { small: number; large: number }) => `${(large / small).toFixed(2)} ×`;
  const row = (what: string, pair: { small: number; large: number }, unit: string) => [
    what,
    `${pair.small.toFixed(1)} ${unit}`,
    `${pair.large.toFixed(1)} ${unit}`,
    ratio(pair),
  ];
  return [
    ["", `rollout ${rollouts.small}`, `rollout ${rollouts.large}`, "ratio"],
    ...(cpu ? [row("CPU of a rollout", cpu, "ms")] : []),
    row("wall of an append", wall, "ms"),
    row("wall of an append, shared", shared.append, "ms"),
    row("wall of a rollout, shared", shared.rollout, "ms"),
    ["state.json", `${stateBytes.small} bytes`, `${stateBytes.large} bytes`, ""],
  ];
}
