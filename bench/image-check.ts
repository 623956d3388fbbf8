import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { median, plainEnvironment } from "./measure.ts";
import { met, print } from "./print.ts";
import { pythonFiles } from "./python-files.ts";

const modules = 2000;
const rounds = 5;
const goal = 3;

/** The whole check of a service of two thousand modules, and CPython's compileall of the same files. */
export function imageCheck(library: string, folder: string): void {
  writeService(library, folder);
  const cli = join(import.meta.dirname, "../dist/cli.js");
  const own = ["/bin/sh", "-c", 'exec "$0" "$@"', process.execPath, cli, "check", "image", "Dockerfile", "--json"];
  const peer = ["/bin/sh", "-c", 'exec "$0" "$@"', "python3", "-m", "compileall", "-q", "service"];
  const samples = { own: [] as number[], peer: [] as number[] };
  for (let round = 0; round <= rounds; round++) {
    const check = once(own, folder);
    const answer = JSON.parse(check.stdout) as { images: { modules: number; verdict: string }[] };
    const [image] = answer.images;
    if (image?.verdict !== "complete" || image.modules < modules)
      throw new Error(`the check says ${JSON.stringify(image).slice(0, 2000)}`);
    rmSync(join(folder, "service/__pycache__"), { recursive: true, force: true });
    const compiled = once(peer, folder);
    if (round === 0) continue;
    samples.own.push(check.seconds);
    samples.peer.push(compiled.seconds);
  }
  const ratio = median(samples.peer) / median(samples.own);
  const [peak] = /\d+/.exec(peakOf(cli, folder)) ?? ["?"];
  print(`Check of a service of ${modules} modules (medians of ${rounds} rounds)`, [
    ["landfall check image", `${median(samples.own).toFixed(2)} s`, `peak ${peak} MiB`],
    [
      "python3 -m compileall",
      `${median(samples.peer).toFixed(2)} s`,
      `landfall is ${ratio.toFixed(1)} x faster`,
      `goal ${goal} x`,
      met(ratio >= goal),
    ],
  ]);
}

/** Modules with the code of the standard library, each of which imports two others. */
function writeService(library: string, folder: string): void {
  const bodies = pythonFiles(library, false)
    .map((file) => readFileSync(file, "latin1"))
    .filter((text) => text.length < 40_000 && !/from __future__|^\s*from \.|[\x80-\xff]/m.test(text));
  mkdirSync(join(folder, "service"), { recursive: true });
  for (let index = 0; index < modules; index++) {
    const next = [2 * index + 1, 2 * index + 2].filter((each) => each < modules);
    const imports = next.map((each) => `import service.m${each}\n`).join("");
    writeFileSync(join(folder, `service/m${index}.py`), `${imports}${bodies[index % bodies.length] ?? ""}`);
  }
  writeFileSync(join(folder, "service/__init__.py"), "");
  writeFileSync(join(folder, "app.py"), "import service.m0\napp = 1\n");
  const dockerfile = 'FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\nCMD ["gunicorn", "app:app"]\n';
  writeFileSync(join(folder, "Dockerfile"), dockerfile);
}

function once([program = "", ...args]: readonly string[], cwd: string): { seconds: number; stdout: string } {
  const begun = performance.now();
  const { stdout } = spawnSync(program, args, { cwd, encoding: "utf8", env: plainEnvironment(), maxBuffer: 1 << 28 });
  return { seconds: (performance.now() - begun) / 1000, stdout };
}

/** The peak of memory of one check, as Node itself tells it. */
function peakOf(cli: string, cwd: string): string {
  const tell =
    'process.on("exit", () => process.stderr.write(String(Math.round(process.resourceUsage().maxRSS / 1024))));';
  const hook = `data:text/javascript,${encodeURIComponent(tell)}`;
  const args = ["--import", hook, cli, "check", "image", "Dockerfile", "--json"];
  return spawnSync(process.execPath, args, { cwd, encoding: "utf8", env: plainEnvironment(), maxBuffer: 1 << 28 })
    .stderr;
}
