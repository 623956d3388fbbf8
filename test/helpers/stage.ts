import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { DeployRequest } from "../../src/actions/deploy.ts";
import type { Progress, World } from "../../src/actions/world.ts";
import { readOwner } from "../../src/io/owner.ts";
import { openGitLedger } from "../../src/ledger/git-store.ts";
import { type FakeMachines, fakeMachines, fakeProvider } from "../../src/providers/fake/index.ts";
import type { Provider } from "../../src/providers/provider.ts";

/** A repository with a manifest whose machines are values in memory, and a world to run verbs in. */
export interface Stage {
  directory: string;
  machines: FakeMachines;
  events: Progress[];
  world: World;
  /** The first and the second Ctrl-C. */
  cancel: AbortController;
  force: AbortController;
  write(files: Record<string, string>): void;
  /** Writes, commits everything, and gives the commit. */
  commit(files: Record<string, string>): string;
  git(...args: string[]): string;
  remove(): void;
}

const standard = `application: app
components:
  web:
    type: fake
    source: [src]
    steps:
      migrate: { run: work, once: revision }
environments:
  uat:
    branch: main
    targets:
      m1: { host: m1 }
`;

/** Sets the stage with one commit on main. */
export function setStage(manifest: string = standard): Stage {
  const directory = mkdtempSync(join(tmpdir(), "landfall-stage-"));
  const git = (...args: string[]) => {
    const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.invalid", "-c", "commit.gpgsign=false"];
    return execFileSync("git", [...identity, ...args], {
      cwd: directory,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  };
  const write = (files: Record<string, string>) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
  };
  const commit = (files: Record<string, string>) => {
    write(files);
    git("add", "--all");
    git("commit", "--quiet", "--allow-empty", "-m", "change");
    return git("rev-parse", "HEAD");
  };
  git("init", "--quiet", "--initial-branch=main");
  commit({ "landfall.yaml": manifest, "src/app.txt": "one\n" });
  const machines = fakeMachines();
  const events: Progress[] = [];
  const cancel = new AbortController();
  const force = new AbortController();
  const world: World = {
    directory,
    env: {},
    owner: readOwner({ USER: "ana" }),
    providers: [fakeProvider(machines) as Provider],
    openLedger: (repository) => openGitLedger(repository),
    openHosts: () => ({ get: () => fail(), close: async () => {} }),
    emit: (event) => events.push(event),
    signal: cancel.signal,
    force: force.signal,
    now: () => new Date(),
  };
  return {
    directory,
    machines,
    events,
    world,
    cancel,
    force,
    write,
    commit,
    git,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function fail(): never {
  throw new Error("the fake provider needs no host");
}

/** A plain deploy of what is checked out. */
export function deployRequest(more: Partial<DeployRequest> = {}): DeployRequest {
  return { environment: "uat", components: [], force: false, waitSeconds: 0, answers: {}, ...more };
}
