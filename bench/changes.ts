import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { count } from "./counts.ts";
import { type LargeRepository, makeLargeRepository } from "./large-repository.ts";
import { type Command, type Measured, measure, plainEnvironment } from "./measure.ts";
import { met, print } from "./print.ts";
import { installTurbo } from "./turbo.ts";

/**
 * `npm run bench`, the part of change detection: digests of all components of a large repository, and which of them differ
 * from their commit, against bare `git status` and turbo in the same rounds. Exit code 1 when an answer is wrong or more
 * processes are started than there may be; times depend on the machine and only tell.
 */
const packages = 2000;
const dirtyFiles = 1000;
const rounds = 7;
const seed = 7;
const mostProcesses = 10;
const goals = { status: 2.5, turbo: 0.4 };

const folder = mkdtempSync(join(tmpdir(), "landfall-bench-changes-"));
process.env.TURBO_TELEMETRY_DISABLED = "1";
try {
  const turbo = installTurbo();
  const repository = makeLargeRepository(join(folder, "repository"), packages, seed);
  const own = { name: "landfall", command: await bundled(folder, repository), cwd: repository.directory };
  const title = `Change detection: ${packages} components, ${repository.files} files`;
  const clean = answerOf(own);
  const counts = [row("clean: components with a digest", Object.keys(clean.digests).length, packages)];
  counts.push(row("clean: components that differ", clean.changed.length, 0));
  measured(`${title}, clean`, own, repository, turbo);
  const soiled = repository.soil(dirtyFiles);
  const dirty = answerOf(own);
  counts.push(
    row("dirty: components that differ", dirty.changed.length, soiled.length),
    row("dirty: of these rightly", dirty.changed.filter((name) => soiled.includes(name)).length, soiled.length),
    row("dirty: digests of the commit as before", sameDigests(clean, dirty), packages),
  );
  measured(`${title}, ${dirtyFiles} files changed`, own, repository, turbo);
  repository.clean();
  const again = answerOf(own);
  counts.push(row("clean again: digests as before", sameDigests(clean, again), packages));
  counts.push(row("clean again: components that differ", again.changed.length, 0));
  const processes = count(own.command, own.cwd).git;
  print("Counts (change detection)", [
    ...counts.map(({ what, value, right }) => [what, String(value), `must be ${right}`, met(value === right)]),
    ["git processes", String(processes), `limit ${mostProcesses}`, met(processes <= mostProcesses)],
  ]);
  if (counts.some(({ value, right }) => value !== right) || processes > mostProcesses) process.exitCode = 1;
  if ("missing" in turbo) process.stdout.write(`Not measured: ${turbo.missing}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function row(what: string, value: number, right: number) {
  return { what, value, right };
}

/** The library's function as it is shipped: bundled, so that no time goes into reading TypeScript. */
async function bundled(to: string, { directory, components }: LargeRepository): Promise<string[]> {
  const outfile = join(to, "changes.mjs");
  const entry = join(import.meta.dirname, "engines/changes.ts");
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    minifyWhitespace: true,
    minifySyntax: true,
  });
  return [process.execPath, outfile, directory, String(components.length)];
}

interface Answer {
  digests: Record<string, string>;
  changed: string[];
}

function answerOf({ command: [program = "", ...args], cwd }: Command): Answer {
  const { stdout, stderr } = spawnSync(program, args, {
    cwd,
    encoding: "utf8",
    env: plainEnvironment(),
    maxBuffer: 64 * 1024 * 1024,
  });
  if (stdout === "") throw new Error(`landfall does not run: ${stderr}`);
  return JSON.parse(stdout);
}

function sameDigests(a: Answer, b: Answer): number {
  return Object.keys(a.digests).filter((name) => a.digests[name] === b.digests[name]).length;
}

function measured(
  title: string,
  own: Command,
  { directory: cwd }: LargeRepository,
  turbo: ReturnType<typeof installTurbo>,
): void {
  const status = { name: "git status", command: ["git", "status"], cwd };
  const peers =
    "missing" in turbo
      ? []
      : [
          { name: "turbo run build --dry=json", command: [turbo.program, "run", "build", "--dry=json"], cwd },
          { name: "turbo ls --affected", command: [turbo.program, "ls", "--affected"], cwd },
        ];
  const [floor, ours, ...others] = measure([status, own, ...peers], rounds, 1);
  if (!floor || !ours) throw new Error("nothing was measured");
  const times = ({ name, wall, cpu }: Measured, goal = "") => [
    name,
    `${wall.toFixed(0)} ms`,
    `CPU ${cpu.toFixed(0)} ms`,
    `${(wall / floor.wall).toFixed(2)} × git status`,
    goal,
  ];
  const against = (peer: Measured, limit: number) =>
    `goal ${limit} × ${peer.name}: ${(ours.wall / peer.wall).toFixed(2)} × ${met(ours.wall / peer.wall <= limit)}`;
  print(`${title} (medians of ${rounds} interleaved rounds)`, [
    times(floor),
    times(ours, against(floor, goals.status)),
    ...others.map((peer, index) => times(peer, index === 0 ? against(peer, goals.turbo) : "")),
  ]);
}
