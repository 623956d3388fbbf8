import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../src/io/process.ts";
import type { RolloutEvent } from "../../src/model/rollout.ts";
import { type Ending, landfall } from "./cli.ts";
import { docker, dockerProgram } from "./docker.ts";
import { owner, sweepLeftovers } from "./leftovers.ts";
import { repositoryAt, type TestRepository } from "./repository.ts";

export type LabMachine = "hub" | "scheduler" | "frontend";

/** The lab of examples/two-machines, made by its own script: what is tested is what its readers run. */
export interface Lab {
  /** Holds the clones, and `ssh/config`. */
  readonly directory: string;
  /** Docker's name for a machine. */
  container(machine: LabMachine): string;
  /** Nothing deployed, an empty database, a new repository on the git server, and a clone of it. All machines are on. */
  reset(): Promise<LabClone>;
  /** Another clone, as a colleague or a CI job would have. */
  clone(name: string): Promise<LabClone>;
  /** Runs a shell command as root on a machine and gives what it printed, whatever its exit status. */
  on(machine: LabMachine, command: string): Promise<string>;
  /** The rows that a statement gives, one per line. */
  database(statement: string): Promise<string>;
  /** Which commit the service of a machine answers; empty when none does. */
  answers(machine: LabMachine): Promise<string>;
  off(machine: LabMachine): Promise<void>;
  /** Boots it, and waits until it lets us in. */
  boot(machine: LabMachine): Promise<void>;
  /** `kill` cuts the power, `pause` hangs it. */
  docker(verb: "kill" | "pause" | "unpause", machine: LabMachine): Promise<void>;
  unplug(machine: LabMachine): Promise<void>;
  plug(machine: LabMachine): Promise<void>;
  down(): void;
}

export interface LabClone extends TestRepository {
  /** Commits changes of files and pushes them. */
  push(files: Parameters<TestRepository["write"]>[0]): Promise<string>;
}

const script = join(import.meta.dirname, "../../examples/two-machines/run");

/** Makes the lab: ten seconds or so. It goes when this process ends. */
export async function startLab(): Promise<Lab> {
  await sweepLeftovers();
  const directory = mkdtempSync(join(tmpdir(), "landfall-lab-"));
  const name = `landfall-test-lab-${process.pid}`;
  const env = { ...process.env, LAB_DIRECTORY: directory, LAB_NAME: name, LAB_OWNER: owner };
  const lab = async (...args: string[]): Promise<string> => {
    const end = await run(script, args, { env, timeoutSeconds: 120 });
    if (end.ended === "exit" && end.status === 0) return end.stdout.trim();
    throw new Error(`run ${args.join(" ")} ended by ${end.ended}: ${end.stderr}`);
  };
  const down = () => {
    execFileSync(script, ["down"], { env, stdio: "ignore" });
    rmSync(directory, { recursive: true, force: true });
  };
  process.once("exit", down);
  await lab("up");

  const on: Lab["on"] = async (machine, command) => {
    const end = await run(dockerProgram, ["exec", `${name}-${machine}`, "sh", "-c", command], { timeoutSeconds: 60 });
    return end.stdout.trim();
  };
  const network = readFileSync(join(directory, "network"), "utf8").trim();
  const addresses = { hub: `${network}.10`, scheduler: `${network}.11`, frontend: `${network}.12` };
  const plug: Lab["plug"] = async (machine) =>
    void (await docker(["network", "connect", "--ip", addresses[machine], name, `${name}-${machine}`]));
  /** A test that failed may have left a machine in any state. */
  const repair = async () => {
    const format = "{{.State.Status}} {{range .NetworkSettings.Networks}}{{.IPAddress}}.{{end}}";
    for (const machine of ["hub", "scheduler", "frontend"] as const) {
      const [state, plugged] = (await docker(["inspect", "--format", format, `${name}-${machine}`])).split(" ");
      if (state === "paused") await docker(["unpause", `${name}-${machine}`]);
      if (!plugged) await plug(machine).catch(() => {});
      if (state === "exited") await lab("on", machine);
    }
  };
  return {
    directory,
    container: (machine) => `${name}-${machine}`,
    reset: async () => {
      await repair();
      await lab("reset");
      const clone = cloneAt(join(directory, "jobs-app"));
      const manifest = readFileSync(join(clone.directory, "landfall.yaml"), "utf8");
      await clone.push({ "landfall.yaml": manifest.replace("stable: 2s", "stable: 1s") });
      return clone;
    },
    clone: async (clone) => {
      await lab("clone", clone);
      return cloneAt(join(directory, clone));
    },
    on,
    database: async (statement) => await lab("database", statement),
    answers: async (machine) => {
      const answer = await on(machine, "curl -s --max-time 2 http://localhost:8000/version");
      return answer === "" ? "" : (JSON.parse(answer) as { commit: string }).commit;
    },
    off: async (machine) => void (await lab("off", machine)),
    boot: async (machine) => void (await lab("on", machine)),
    docker: async (verb, machine) => void (await docker([verb, `${name}-${machine}`])),
    unplug: async (machine) => void (await docker(["network", "disconnect", name, `${name}-${machine}`])),
    plug,
    down: () => {
      process.removeListener("exit", down);
      down();
    },
  };
}

/** What the tests read of `status --json`. */
export interface Status {
  environments: [
    {
      rows: { target: string; commit: string; verdict: string }[];
      state: { debts: { target: string; commit: string }[] };
    },
  ];
}

/** What a rollout left in the ledger. */
export interface Recorded {
  id: string;
  events: RolloutEvent[];
}

/**
 * Runs a verb that makes a rollout, once, and checks that the exit code, the last lines and the ledger tell the same end.
 * Gives the record.
 */
export async function expectTold(
  directory: string,
  args: readonly string[],
  ending: Ending,
  env: Record<string, string> = {},
): Promise<Recorded> {
  const told = await landfall(directory, args, env);
  const context = `landfall ${args.join(" ")}\n${told.stderr}\n${told.stdout}`;
  assert.equal(told.status, ending.status, context);
  const lastLines = told.stdout.trim().split("\n").slice(-8).join("\n");
  assert.match(lastLines, new RegExp(ending.outcome, "i"), context);
  if (ending.code !== undefined) assert.match(told.stdout, new RegExp(ending.code), context);
  if (ending.says) assert.match(lastLines, ending.says, context);
  const { rollouts } = await ask<{ rollouts: { id: string }[] }>(directory, ["history", "uat"]);
  return await recordOf(directory, rollouts[0]?.id ?? "", ending.outcome);
}

/** The record of a rollout, whose outcome must be this. */
export async function recordOf(directory: string, id: string, outcome: string): Promise<Recorded> {
  const { rollout } = await ask<{ rollout: Recorded & { outcome: { outcome: string } } }>(directory, [
    "history",
    "show",
    "uat",
    id,
  ]);
  assert.equal(rollout.outcome.outcome, outcome, "the ledger tells another end");
  return rollout;
}

/** Asks with `--json`. */
export async function ask<T>(directory: string, args: readonly string[]): Promise<T> {
  const { stdout, stderr } = await landfall(directory, [...args, "--json"]);
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout) as T;
}

function cloneAt(directory: string): LabClone {
  const repository = repositoryAt(directory);
  return {
    ...repository,
    push: async (files) => {
      await repository.write(files);
      const commit = await repository.commit();
      await repository.git("push", "--quiet", "origin", "HEAD");
      return commit;
    },
  };
}
