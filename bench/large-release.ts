import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measure, runMany } from "./measure.ts";
import { met, print } from "./print.ts";

/**
 * `npm run bench`, the part of a large release on a machine: what it costs to learn that nothing is to be done about it, against
 * the limit of reading all of its files once with sha256sum. Times depend on the machine and only tell.
 */
const files = 10_000;
const fileBytes = 20_000;
const rounds = 5;
const goal = 0.5;

const folder = mkdtempSync(join(tmpdir(), "landfall-bench-release-"));
const pidFile = join(folder, "pid");
try {
  const repository = makeRepository();
  const landfall = (verb: string) => [join(import.meta.dirname, "../bin/landfall"), verb, "here"];
  runMany(landfall("deploy"), repository, 1);
  const [release = ""] = readdirSync(join(folder, "app/releases"));
  const readAll = ["sh", "-c", 'cd "$1" && find . -type f -print0 | xargs -0 sha256sum', "sh"];
  const [peer, plan] = measure(
    [
      { name: "sha256sum of all files", command: [...readAll, join(folder, "app/releases", release)], cwd: repository },
      { name: "landfall plan", command: landfall("plan"), cwd: repository },
    ],
    rounds,
    1,
  );
  if (!peer || !plan) throw new Error("nothing was measured");
  const ratio = plan.wall / peer.wall;
  print(
    `Wall time, a release of ${files} files, ${(files * fileBytes) / 1e6} MB, nothing to do (medians of ${rounds})`,
    [
      [peer.name, `${(peer.wall / 1000).toFixed(2)} s`, "1.00 ×", ""],
      [
        plan.name,
        `${(plan.wall / 1000).toFixed(2)} s`,
        `${ratio.toFixed(2)} ×`,
        `goal ${goal} × ${met(ratio <= goal)}`,
      ],
    ],
  );
} finally {
  if (existsSync(pidFile)) process.kill(Number(readFileSync(pidFile, "utf8")));
  rmSync(folder, { recursive: true, force: true });
}

function makeRepository(): string {
  const directory = join(folder, "repository");
  mkdirSync(join(directory, "files"), { recursive: true });
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=Bench", "-c", "user.email=bench@example.invalid", ...args], {
      cwd: directory,
    });
  git("init", "--quiet", "--initial-branch=main");
  for (let file = 0; file < files; file++)
    writeFileSync(join(directory, "files", String(file)), Buffer.alloc(fileBytes, `${file} `));
  writeFileSync(join(directory, "landfall.yaml"), manifest());
  git("add", "--all");
  git("commit", "--quiet", "--message", "large");
  return directory;
}

function manifest(): string {
  const directory = join(folder, "app");
  return `application: large
components:
  app:
    type: machine
    directory: ${directory}
    steps: { restart: { run: "sleep 300 </dev/null >/dev/null 2>&1 & echo $! >${pidFile}" } }
    prove: { process: { pidFile: ${pidFile} }, stable: 1s }
environments:
  here: { branch: main, targets: { here: { host: localhost } } }
`;
}
