import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./port.ts";
import { makeRepository, type TestRepository } from "./repository.ts";

/** A small service on this machine, found by its pid file: no root, no Docker. */
export interface LocalService {
  repository: TestRepository;
  /** Where it is deployed to. */
  directory: string;
  /** Writes the manifest with these steps before the switch, and commits. */
  steps(...steps: string[]): Promise<string>;
  /** Commits a change of the source. */
  change(): Promise<string>;
  /** Lines that steps appended to `shared/NAME`. */
  lines(name: string): Promise<string[]>;
  /** Ends the service and removes everything. */
  remove(): Promise<void>;
}

const server = `import { readFileSync } from "node:fs";
import { createServer } from "node:http";
const commit = readFileSync("REVISION", "utf8").trim();
createServer((_, response) => response.end(JSON.stringify({ commit }))).listen(Number(process.argv[2]), "127.0.0.1");
`;

const restart = `pid=$LANDFALL_DIRECTORY/shared/server.pid
if [ -s "$pid" ] && kill "$(cat "$pid")" 2>/dev/null; then
  while kill -0 "$(cat "$pid")" 2>/dev/null; do sleep 0.1; done
fi
"$1" server.mjs "$2" >server.log 2>&1 &
echo $! >"$pid"
`;

/** Sets up the repository; nothing is deployed yet. */
export async function makeLocalService(...steps: string[]): Promise<LocalService> {
  const directory = await mkdtemp(join(tmpdir(), "landfall-local-"));
  const port = await freePort();
  const text = (own: readonly string[]) => manifest(join(directory, "app"), port, own);
  const repository = await makeRepository({
    "landfall.yaml": text(steps),
    "server.mjs": server,
    "restart.sh": restart,
    "change.txt": "0",
  });
  let changes = 0;
  return {
    repository,
    directory: join(directory, "app"),
    steps: async (...own) => {
      changes += 1;
      await repository.write({ "landfall.yaml": text(own), "change.txt": `${changes}` });
      return await repository.commit();
    },
    change: async () => {
      changes += 1;
      await repository.write({ "change.txt": `${changes}` });
      return await repository.commit();
    },
    lines: async (name) => {
      const found = await readFile(join(directory, "app", "shared", name), "utf8").catch(() => "");
      return found.split("\n").filter(Boolean);
    },
    remove: async () => {
      const pid = Number(await readFile(join(directory, "app", "shared", "server.pid"), "utf8").catch(() => ""));
      try {
        if (pid > 1) process.kill(pid);
      } catch {
        // It has ended already.
      }
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
      await repository.remove();
    },
  };
}

function manifest(directory: string, port: number, steps: readonly string[]): string {
  return `application: local
components:
  app:
    type: machine
    source: [.]
    directory: ${directory}
    steps:
      stamp: { run: 'printf %s "$LANDFALL_COMMIT" >REVISION' }
${steps.map((step) => `      ${step}\n`).join("")}      restart: { run: "sh restart.sh ${process.execPath} ${port}", timeout: 30s }
    prove:
      process: { pidFile: ${directory}/shared/server.pid }
      http: { url: "http://localhost:${port}/", revision: .commit }
      stable: 1s
      within: 10s
environments:
  uat: { branch: main, targets: { here: { host: localhost } } }
`;
}
