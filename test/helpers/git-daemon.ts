import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "../../src/io/process.ts";
import type { TestMachine } from "./machine.ts";
import { freePort } from "./port.ts";

/** A git server that this computer and its containers reach, and nobody else: it listens on the engine's own bridge. */
export interface GitServer {
  /** Of the one repository, which anybody may push to. */
  address: string;
  /** Of the same, for reading only. */
  readOnlyAddress: string;
  start(): Promise<void>;
  /** Ends it: connections are refused. */
  stop(): Promise<void>;
  remove(): Promise<void>;
}

/** Starts a server with one bare repository, made from the one at a directory, for a machine to reach. */
export async function startGitServer(from: string, machine: TestMachine): Promise<GitServer> {
  const { stdout } = await machine.exec("ip", "-4", "route", "show", "default");
  const host = /via (\S+)/.exec(stdout)?.[1] ?? "";
  const base = await mkdtemp(join(tmpdir(), "landfall-git-"));
  execFileSync("git", ["clone", "--quiet", "--bare", from, join(base, "app.git")]);
  const [writes, reads] = [await freePort(host), await freePort(host)];
  let children: ChildProcess[] = [];
  const daemon = (port: number, more: string[]) =>
    spawn(
      "git",
      ["daemon", "--reuseaddr", "--export-all", `--base-path=${base}`, `--listen=${host}`, `--port=${port}`, ...more],
      { stdio: "ignore", detached: true },
    );
  const address = (port: number) => `git://${host}:${port}/app.git`;
  const server: GitServer = {
    address: address(writes),
    readOnlyAddress: address(reads),
    start: async () => {
      children = [daemon(writes, ["--enable=receive-pack"]), daemon(reads, [])];
      for (const port of [writes, reads]) await answers(address(port));
    },
    stop: async () => {
      for (const { pid } of children) if (pid !== undefined) end(pid);
      children = [];
    },
    remove: async () => {
      await server.stop();
      await rm(base, { recursive: true, force: true });
    },
  };
  process.once("exit", () => {
    for (const { pid } of children) if (pid !== undefined) end(pid);
  });
  await server.start();
  return server;
}

/** The daemon and what it started for its clients. */
function end(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
}

async function answers(address: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const asked = await run("git", ["ls-remote", "--quiet", address], { timeoutSeconds: 10 });
    if (asked.ended === "exit" && asked.status === 0) return;
    await sleep(100);
  }
  throw new Error(`git daemon does not answer at ${address}`);
}
