import { join } from "node:path";
import { columns } from "../src/report/table.ts";
import { count } from "./counts.ts";
import { type Measured, measure } from "./measure.ts";
import { smallLedger } from "./small-ledger.ts";

/**
 * `npm run bench`: counts first, since they are the same on every machine; then CPU and wall time as ratios to a named
 * peer of the same run. Exit code 1 when a count is above its limit; times depend on the machine and only tell.
 */
const root = join(import.meta.dirname, "..");
const cli = join(root, "dist/cli.js");
const node = process.execPath;
const print = (lines: readonly string[]) => process.stdout.write(`${lines.join("\n")}\n\n`);

const help = [node, cli, "--help"];
const status = [node, cli, "status"];
const ledger = await smallLedger();
try {
  // The first run fills Node's compile cache.
  count(help, root);
  const counted = [
    { name: "landfall --help", ...count(help, root), limits: { files: 12, kib: 60, git: 0 } },
    { name: "landfall status", ...count(status, ledger.directory), limits: { files: 60, kib: 900, git: 6 } },
  ];
  const words = { files: "files loaded", kib: "KiB loaded", git: "git processes" } as const;
  const rows = counted.flatMap((each) =>
    (Object.keys(words) as (keyof typeof words)[]).map((key) => ({
      cells: [each.name, words[key], String(each[key]), `limit ${each.limits[key]}`],
      met: each[key] <= each.limits[key],
    })),
  );
  print([
    "Counts",
    ...columns(
      rows.map(({ cells, met }) => [...cells, met ? "met" : "NOT MET"]),
      "  ",
    ),
  ]);
  if (rows.some((row) => !row.met)) process.exitCode = 1;

  const peer = { name: "node -e 0", command: [node, "-e", "0"], cwd: root };
  const commands = [
    peer,
    { name: "landfall --help", command: help, cwd: root },
    { name: "landfall status", command: status, cwd: ledger.directory },
  ];
  const goals = new Map([
    ["landfall --help", 1.5],
    ["landfall status", 3],
  ]);
  const rounds = 9;
  const measured = measure(commands, rounds, 5);
  print([
    `Start (Node ${process.versions.node}, medians of ${rounds} interleaved rounds, ratio to ${peer.name})`,
    ...columns(
      measured.map((each) => timeRow(each, measured[0] ?? each, goals.get(each.name))),
      "  ",
    ),
  ]);
} finally {
  ledger.remove();
}

function timeRow({ name, cpu, wall }: Measured, peer: Measured, goal: number | undefined): string[] {
  const cpuRatio = cpu / peer.cpu;
  const wallRatio = wall / peer.wall;
  return [
    name,
    `CPU ${cpu.toFixed(0)} ms`,
    `${cpuRatio.toFixed(2)} ×`,
    `wall ${wall.toFixed(0)} ms`,
    `${wallRatio.toFixed(2)} ×`,
    goal === undefined ? "" : `goal ${goal} × ${wallRatio <= goal ? "met" : "NOT MET"}`,
  ];
}
