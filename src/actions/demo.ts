import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { git } from "../io/git.ts";
import type { OutcomeName } from "../model/outcome.ts";
import type { RolloutAnswer } from "./answers.ts";
import { deploy } from "./deploy.ts";
import { rollback } from "./rollback.ts";
import type { World } from "./world.ts";

/** One part of the demo: what it shows, how it should end, and how it did. */
export interface Act {
  title: string;
  expected: OutcomeName;
  answer: RolloutAnswer;
}

export interface DemoAnswer {
  acts: Act[];
  /** Whether every part ended as the promise says. */
  kept: boolean;
  /** Whether a person ended it before it could. */
  stopped: boolean;
  /** Where the repository and the application are; null when they were removed. */
  directory: string | null;
  /** The process id of the application's server, where it was left running; null when none runs. */
  pid: number | null;
}

/**
 * The whole promise on this machine: a small application with a git repository of its own is deployed and proven, then broken
 * on purpose and caught, then rolled back and proven. It ends what it started, and removes what it made unless `keep`.
 */
export async function demo({ keep }: { keep: boolean }, world: World): Promise<DemoAnswer> {
  const directory = await mkdtemp(join(tmpdir(), "landfall-demo-"));
  const repository = join(directory, "repository");
  const demoWorld: World = { ...world, directory: repository, manifestFile: undefined };
  const acts: Act[] = [];
  const act = async (title: string, expected: OutcomeName, run: () => Promise<RolloutAnswer>): Promise<void> => {
    if (world.signal.aborted) return;
    world.emit({ event: "act", at: world.now().toISOString(), message: title });
    acts.push({ title, expected, answer: await run() });
  };
  const request = { environment: "demo", components: [], force: false, waitSeconds: 60, answers: {} };
  try {
    await makeRepository(directory, repository);
    await act("deploy the first commit", "proven", () => deploy(request, demoWorld));
    await breakIt(repository);
    await act("deploy a commit whose restart script says `restarted` and restarts nothing", "failed", () =>
      deploy(request, demoWorld),
    );
    await act("roll back", "proven", () => rollback({ environment: "demo", waitSeconds: 60 }, demoWorld));
  } finally {
    if (!keep) await cleanUp(directory);
  }
  const kept = acts.length === 3 && acts.every(({ expected, answer }) => answer.outcome.outcome === expected);
  return {
    acts,
    kept,
    // After Ctrl-C no further part is begun.
    stopped: acts.length < 3 || acts.some(({ answer }) => answer.outcome.outcome === "cancelled"),
    ...(keep ? { directory, pid: await signalServer(directory, 0) } : { directory: null, pid: null }),
  };
}

async function makeRepository(directory: string, repository: string): Promise<void> {
  await git(directory, ["init", "--quiet", "--initial-branch=main", repository]);
  const values: Record<string, string> = {
    directory: join(directory, "application"),
    node: process.execPath,
    port: String(await freePort()),
  };
  const manifest = readFileSync(new URL("./demo-app/landfall.yaml", import.meta.url), "utf8");
  const vars = Object.entries(values).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  await writeFile(
    join(repository, "landfall.yaml"),
    manifest.replace("    branch: main\n", `    branch: main\n    vars: { ${vars.join(", ")} }\n`),
  );
  await writeFile(
    join(repository, "server.mjs"),
    readFileSync(new URL("./demo-app/server.mjs", import.meta.url), "utf8"),
  );
  await writeFile(
    join(repository, "restart.sh"),
    readFileSync(new URL("./demo-app/restart.sh", import.meta.url), "utf8"),
  );
  await writeFile(join(repository, "greeting.txt"), "hello\n");
  await commit(repository, "Say hello");
}

/** The change that a review lets pass: the words are new, and the script that should restart the server no longer finds it. */
async function breakIt(repository: string): Promise<void> {
  await writeFile(join(repository, "greeting.txt"), "hello, world\n");
  await writeFile(
    join(repository, "restart.sh"),
    readFileSync(new URL("./demo-app/restart-broken.sh", import.meta.url), "utf8"),
  );
  await commit(repository, "Greet the world, tidy up the restart");
}

async function commit(repository: string, message: string): Promise<void> {
  await git(repository, ["add", "--all"]);
  const identity = ["-c", "user.name=Landfall demo", "-c", "user.email=demo@localhost", "-c", "commit.gpgsign=false"];
  await git(repository, [...identity, "commit", "--quiet", "-m", message]);
}

/** A port that nobody listens on at the moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port was found");
  return address.port;
}

/** Ends the server that the demo started, by the id that it noted, and removes the folder. */
async function cleanUp(directory: string): Promise<void> {
  await signalServer(directory, "SIGTERM");
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
}

/** Sends a signal to the server that the demo started; 0 only asks whether it runs. Gives its process id, or null when it does not run. */
async function signalServer(directory: string, signal: NodeJS.Signals | 0): Promise<number | null> {
  try {
    const pid = Number(await readFile(join(directory, "application", "shared", "server.pid"), "utf8"));
    if (!Number.isInteger(pid) || pid <= 1) return null;
    process.kill(pid, signal);
    return pid;
  } catch {
    // It was never started, or has ended.
    return null;
  }
}
