import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type CliEnd, landfall } from "./cli.ts";
import { type GitServer, startGitServer } from "./git-daemon.ts";
import { startMachine, type TestMachine } from "./machine.ts";
import { makeService, serviceManifest } from "./service.ts";

export const agentUnit = "landfall-sync-shop-uat";
export const installAgent = ["agent", "install", "uat", "--target", "m1", "--login", "admin"];
/** What the manifest takes from the environment for a step: characters that other programs read as more than text. */
export const agentSecret = 'p"a$s`s\\w';

/** A deployed service on a machine that is off at times, a second target that is always here, and a git server for both. */
export interface AgentScene {
  machine: TestMachine;
  server: GitServer;
  /** Runs a command in the deployer's clone. */
  here(args: readonly string[]): Promise<CliEnd>;
  /** Commits and pushes a change of the service, and gives the commit. */
  change(greeting: string): Promise<string>;
  /** For the deployer the machine is off: nobody answers. */
  vanish(): Promise<void>;
  reappear(): Promise<void>;
  /** The commit that the service answers. */
  serves(): Promise<string | null>;
  /** The agent's note on the machine. */
  note(): Promise<{ outcome: string; recorded: boolean; reasons: string[] } | null>;
  /** Waits until something holds, a minute at most, and fails with the agent's journal. */
  until(what: string, holds: () => Promise<boolean>): Promise<void>;
  remove(): Promise<void>;
}

const options = {
  target: { presence: "on-demand", vars: { token: "${env.TOKEN}" } },
  steps: [`remember: { run: 'printf %s "\${target.token}" >token' }`],
};

export async function agentScene(name: string): Promise<AgentScene> {
  const machine = await startMachine({ name });
  const sshConfig = await readFile(machine.address.sshConfig, "utf8");
  const repository = await makeService(machine, options);
  // A deploy proves something only where not every target is off: this one is here, and its version is answered here.
  const version = createServer(async (_, answer) => answer.end(await repository.head())).listen(0, "127.0.0.1");
  await once(version, "listening");
  const base = await mkdtemp(join(tmpdir(), "landfall-agent-base-"));
  const url = `http://localhost:${(version.address() as AddressInfo).port}/`;
  const component = `  base: { type: machine, source: [base.txt], on: [here], directory: ${base}, prove: { http: { url: "${url}", revision: . } } }\n`;
  const manifest = serviceManifest(machine, options)
    .replace("exclude: [docs]", "exclude: [docs]\n    on: [m1]")
    .replace("environments:", `${component}environments:`)
    .replace("targets:", "targets:\n      here: { host: localhost }");
  await repository.write({ "landfall.yaml": manifest, "base.txt": "base\n" });
  await repository.commit();
  const server = await startGitServer(repository.directory, machine);
  await repository.git("remote", "add", "origin", server.address);
  await repository.git("fetch", "--quiet", "origin");
  const here = (args: readonly string[]) => landfall(repository.directory, args, { TOKEN: agentSecret });
  const { status, stdout, stderr } = await here(["deploy", "uat"]);
  assert.equal(status, 0, stdout + stderr);
  await machine.exec("systemctl", "enable", "web.service");
  return {
    machine,
    server,
    here,
    change: async (greeting) => {
      await repository.write({ "greeting.txt": greeting });
      const commit = await repository.commit();
      await repository.git("push", "--quiet", "origin", "main");
      return commit;
    },
    vanish: async () => {
      // A container that is off refuses at its published port: ssh is sent to an address of its network that nobody has.
      const nobody = server.address.replace(/^git:\/\/(\d+\.\d+)\..*$/, "$1.255.254");
      await writeFile(machine.address.sshConfig, `Host *\n  HostName ${nobody}\n${sshConfig}`);
    },
    reappear: async () => await writeFile(machine.address.sshConfig, sshConfig),
    serves: async () => {
      const { stdout } = await machine.exec("curl", "-s", "http://127.0.0.1:8000/version");
      return stdout === "" ? null : (JSON.parse(stdout) as { commit: string }).commit;
    },
    note: async () => JSON.parse((await machine.exec("cat", "/opt/app/.landfall/sync.json")).stdout || "null"),
    until: async (what, holds) => {
      for (let tries = 0; tries < 120; tries += 1) {
        if (await holds().catch(() => false)) return;
        await sleep(500);
      }
      const { stdout } = await machine.exec("journalctl", "-u", agentUnit, "-n", "60", "--output", "cat");
      assert.fail(`it never came to this: ${what}\n${stdout}`);
    },
    remove: async () => {
      version.close();
      await server.remove();
      await machine.remove();
      await repository.remove();
      await rm(base, { recursive: true, force: true });
    },
  };
}
