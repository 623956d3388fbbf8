import { spawnSync } from "node:child_process";

/** One thing to measure: a command that is started again and again. */
export interface Command {
  name: string;
  command: readonly string[];
  cwd: string;
}

/** Medians over the rounds, in milliseconds per run. */
export interface Measured {
  name: string;
  cpu: number;
  wall: number;
}

/** Without certificates to read at start, which some Nodes do and which costs more than what is measured. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: _certificates, NODE_OPTIONS: _options, ...env } = process.env;
  return { ...env, NO_COLOR: "1" };
}

/**
 * Measures commands in interleaved rounds, so that a busy moment falls on all of them. CPU is what the shell's `times`
 * tells of its children: user and system time, with everything that they started and waited for.
 */
export function measure(commands: readonly Command[], rounds: number, runsPerRound: number): Measured[] {
  const samples = commands.map(() => ({ cpu: [] as number[], wall: [] as number[] }));
  for (let round = 0; round <= rounds; round++) {
    for (const [index, { command, cwd }] of commands.entries()) {
      const { cpu, wall } = runMany(command, cwd, runsPerRound);
      // The first round only warms caches.
      if (round === 0) continue;
      samples[index]?.cpu.push(cpu);
      samples[index]?.wall.push(wall);
    }
  }
  return commands.map(({ name }, index) => ({
    name,
    cpu: median(samples[index]?.cpu ?? []),
    wall: median(samples[index]?.wall ?? []),
  }));
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

const loop = 'n=$1; shift; while [ "$n" -gt 0 ]; do "$@" >/dev/null 2>&1 || exit 9; n=$((n - 1)); done; times';

/** Runs a command some times and gives the mean CPU and wall time of a run, in milliseconds. Throws when it fails. */
export function runMany(command: readonly string[], cwd: string, runs: number): { cpu: number; wall: number } {
  const begun = performance.now();
  const { status, stdout } = spawnSync("sh", ["-c", loop, "sh", String(runs), ...command], {
    cwd,
    env: plainEnvironment(),
    encoding: "utf8",
  });
  const wall = (performance.now() - begun) / runs;
  if (status !== 0) throw new Error(`${command.join(" ")} does not run`);
  return { cpu: childMilliseconds(stdout) / runs, wall };
}

/** The second line of `times`: user and system time of the children, as `0m0.123s 0m0.045s`. */
function childMilliseconds(text: string): number {
  const spans = [...(text.trim().split("\n").at(-1) ?? "").matchAll(/(\d+)m([\d.,]+)s/g)];
  return spans.reduce(
    (sum, [, minutes, seconds]) => sum + (Number(minutes) * 60 + Number(seconds?.replace(",", "."))) * 1000,
    0,
  );
}
