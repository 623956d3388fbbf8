import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { openAccounts, TEST_ACCOUNTS, type TestAccount, writeProfiles } from "./accounts.ts";
import { motoPython } from "./python.ts";

export interface MotoOptions {
  /** By name. Default: TEST_ACCOUNTS. */
  accounts?: Readonly<Record<string, string>>;
  /** Default: us-east-2. */
  region?: string;
  /** What its clock shows, as `faketime -f` takes it: `-100d`. Temporary credentials are then expired when they are given. */
  clock?: string;
}

/** An emulated AWS with several accounts. */
export interface Moto {
  readonly url: string;
  readonly region: string;
  readonly accounts: readonly TestAccount[];
  /** An account by its name; throws for a name that was not asked for. */
  account(name: string): TestAccount;
  /**
   * Variables for a program that talks to it: configuration files with the profiles `NAME` (role `deploy`, taken on from
   * `ci`), `NAME-key` (an administrator's key) and `NAME-oidc` (web identity, as GitHub gives it), and nothing of this machine's own.
   */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Variables that say who one is without a profile, as a GitHub job with `id-token: write` has them. The token's subject
   * is by default `repo:acme/layers:ref:refs/heads/main`.
   */
  webIdentity(account: string, subject?: string): Record<string, string>;
  /** Whether policies count from now on. Its gaps: resources count for S3 only, conditions never do. */
  enforce(on: boolean): Promise<void>;
  stop(): Promise<void>;
}

/** Starts moto on a free port of the loopback address: a second or so. It ends with this process at the latest. */
export async function startMoto(options: MotoOptions = {}): Promise<Moto> {
  const { accounts = TEST_ACCOUNTS, region = "us-east-2" } = options;
  const folder = mkdtempSync(join(tmpdir(), "landfall-moto-"));
  const server = startServer(options.clock);
  const stop = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const url = await server.url;
    const opened = await openAccounts(url, region, accounts);
    const profiles = await writeProfiles(folder, region, opened);
    return {
      url,
      region,
      accounts: [...opened.accounts.values()],
      account: (name) => opened.accounts.get(name) ?? missing(name),
      environment: profiles.environment,
      webIdentity: (name, subject) => profiles.webIdentity(opened.accounts.get(name) ?? missing(name), subject),
      enforce: (on) => enforce(url, on),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function missing(name: string): never {
  throw new Error(`there is no account ${name} in this emulated AWS`);
}

/** Ends when its standard input does: with the process that started it, however that ends. */
const program = `
import os, sys, threading
from moto.server import main
threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
main(["-H", "127.0.0.1", "-p", "0"])
`;

function startServer(clock: string | undefined): { url: Promise<string>; stop(): Promise<void> } {
  const moto = [motoPython(), "-c", program];
  const [command = "", ...args] = clock === undefined ? moto : ["faketime", "-f", clock, ...moto];
  // With this variable every key would belong to one account.
  const { MOTO_ACCOUNT_ID: _one, ...env } = process.env;
  // A group of its own: faketime waits for the server as its child.
  const child = spawn(command, args, {
    stdio: ["pipe", "ignore", "pipe"],
    detached: true,
    env: { ...env, PYTHONUNBUFFERED: "1" },
  });
  const kill = () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
  };
  process.once("exit", kill);
  const ended = new Promise<void>((done) => {
    child.once("close", () => done());
    child.once("error", () => done());
  });
  const stop = async () => {
    process.off("exit", kill);
    kill();
    await ended;
  };
  return { url: address(child), stop };
}

/** Reads `Running on http://127.0.0.1:PORT`, and goes on reading so that the server never waits for a full pipe. */
function address(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    if (child.stderr === null) throw new Error("moto's messages cannot be read");
    createInterface({ input: child.stderr }).on("line", (line) => {
      const url = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
      else if (said.length < 20) said.push(line);
    });
    child.once("error", (error) =>
      reject(new Error(`moto did not start (sh scripts/test-env installs what it needs): ${error.message}`)),
    );
    child.once("close", () => reject(new Error(`moto did not start: ${said.join("\n")}`)));
  });
}

async function enforce(url: string, on: boolean): Promise<void> {
  const answer = await fetch(`${url}/moto-api/reset-auth`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream" },
    body: on ? "0" : "inf",
  });
  if (!answer.ok) throw new Error(`moto does not change its enforcement: ${answer.status}`);
}
