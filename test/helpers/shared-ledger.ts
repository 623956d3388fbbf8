import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { git } from "../../src/io/git.ts";
import { freePort } from "./port.ts";

/** A bare repository that clones share. */
export interface Shared {
  folder: string;
  remote: string;
  /** A new clone of it, with `origin`. */
  clone(name: string, ...options: string[]): Promise<string>;
  /** Runs on the remote before it takes a push; null: nothing does. */
  hook(script: string | null): Promise<void>;
  /** Makes the remote unreachable, and reachable again. */
  away(): Promise<void>;
  back(): Promise<void>;
  remove(): Promise<void>;
}

/** Sets up a remote that already has two commits of a user on main. */
export async function shareRepository(): Promise<Shared> {
  const folder = await mkdtemp(join(tmpdir(), "landfall-remote-"));
  const remote = join(folder, "remote.git");
  await git(folder, ["init", "--quiet", "--bare", "--initial-branch=main", remote]);
  const who = ["-c", "user.name=ana", "-c", "user.email=ana@example.invalid"];
  const first = join(folder, "first");
  await git(folder, ["init", "--quiet", "--initial-branch=main", first]);
  for (const message of ["one", "two"]) await git(first, [...who, "commit", "--quiet", "--allow-empty", "-m", message]);
  await git(first, ["tag", "v1"]);
  await git(first, ["push", "--quiet", remote, "main", "v1"]);
  return {
    folder,
    remote,
    clone: async (name, ...options) => {
      await git(folder, ["clone", "--quiet", ...options, `file://${remote}`, name]);
      return join(folder, name);
    },
    hook: async (script) => {
      const file = join(remote, "hooks", "pre-receive");
      if (script === null) return await rm(file, { force: true });
      await mkdir(join(remote, "hooks"), { recursive: true });
      await writeFile(file, `#!/bin/sh\n${script}\n`);
      await chmod(file, 0o755);
    },
    away: () => rename(remote, `${remote}.away`),
    back: () => rename(`${remote}.away`, remote),
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Serves a folder's repositories with git's own server, over a real connection. */
export async function serveGit(folder: string, writable: boolean): Promise<{ url: string; stop: () => Promise<void> }> {
  const port = await freePort();
  const args = ["daemon", "--reuseaddr", "--export-all", `--base-path=${folder}`, "--listen=127.0.0.1"];
  const may = writable ? ["--enable=receive-pack"] : [];
  const child = spawn("git", [...args, `--port=${port}`, ...may, folder], { stdio: "ignore", detached: true });
  const url = `git://127.0.0.1:${port}`;
  for (let tries = 0; tries < 100; tries += 1) {
    const up = await git(folder, ["ls-remote", `${url}/remote.git`]).catch(() => null);
    if (up !== null) return { url, stop: () => stop(child) };
    await pause(50);
  }
  await stop(child);
  throw new Error("git daemon does not answer");
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const closed = new Promise((resolve) => child.on("close", resolve));
  process.kill(-child.pid, "SIGKILL");
  await closed;
}
