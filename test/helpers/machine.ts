import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { pack } from "tar-stream";
import type { Address } from "../../src/io/hosts.ts";
import { run } from "../../src/io/process.ts";
import { docker, dockerProgram, removeContainerNow } from "./docker.ts";
import { type Key, keyDirectory, makeKey } from "./keys.ts";
import { owner, ownerLabel, sweepLeftovers } from "./leftovers.ts";
import { freePort } from "./port.ts";

/** How to reach a test machine: an `Address` with everything in it. */
export interface TestAddress extends Address {
  user: string;
  port: number;
  sshConfig: string;
}

/** A real machine: systemd as PID 1 and sshd, in a container that only this computer can reach. */
export interface TestMachine {
  readonly name: string;
  /** For `Hosts.get`: the user `deploy`, an ssh configuration with a key and known_hosts of its own. */
  readonly address: TestAddress;
  /** The same machine for another user, key or known_hosts file: `plain` has no right to become root, `admin` every right. */
  addressOf(change: { user?: string; key?: Key; knownHosts?: string }): Promise<TestAddress>;
  /** Runs a command as root. Never throws for its exit status. */
  exec(...command: string[]): Promise<{ status: number; stdout: string; stderr: string }>;
  writeFile(path: string, content: string, mode?: number, owner?: string): Promise<void>;
  /** How many logins its sshd has accepted so far. */
  logins(): Promise<number>;
  /** Shuts it down. Its port stays its own. */
  stop(): Promise<void>;
  /** Boots it again, and waits for sshd. */
  start(): Promise<void>;
  /** Hangs it: it takes connections and never answers. */
  pause(): Promise<void>;
  unpause(): Promise<void>;
  /** Cuts its power. */
  kill(): Promise<void>;
  /** Gives it another host key, as a reinstalled machine would have. */
  changeHostKey(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Boots a machine and waits until its sshd answers: two seconds or so. It is removed when this process ends.
 * Machines of test runs that were killed are swept away.
 */
export async function startMachine(options: { name?: string } = {}): Promise<TestMachine> {
  await sweepLeftovers();
  const name = `landfall-test-${options.name ?? "machine"}-${randomBytes(4).toString("hex")}`;
  const port = await freePort();
  const hostKey = makeKey(`${name}-host`);
  const key = makeKey(`${name}-user`);
  process.once("exit", () => removeContainerNow(name));
  await docker(["create", "--name", name, ...containerOptions(options.name ?? "machine", port), image()]);
  await copyIn(name, [
    { path: "etc/ssh/ssh_host_ed25519_key", content: hostKey.secret, mode: 0o600 },
    ...["deploy", "plain", "admin"].map((user) => ({ path: `etc/ssh/keys/${user}`, content: key.public, mode: 0o644 })),
  ]);
  await docker(["start", name]);
  await sshdAnswers(port);

  const knownHosts = join(keyDirectory(), `${name}-known-hosts`);
  await writeFile(knownHosts, `[127.0.0.1]:${port} ${hostKey.public}`);
  let configs = 0;
  const addressOf: TestMachine["addressOf"] = async (change) => {
    configs += 1;
    const sshConfig = join(keyDirectory(), `${name}-config-${configs}`);
    await writeFile(sshConfig, sshConfiguration((change.key ?? key).path, change.knownHosts ?? knownHosts));
    return { host: "127.0.0.1", port, user: change.user ?? "deploy", sshConfig };
  };
  const exec: TestMachine["exec"] = async (...command) => {
    const end = await run(dockerProgram, ["exec", name, ...command], { timeoutSeconds: 60 });
    return { status: end.ended === "exit" ? end.status : -1, stdout: end.stdout, stderr: end.stderr };
  };

  return {
    name,
    address: await addressOf({}),
    addressOf,
    exec,
    writeFile: async (path, content, mode = 0o644, owner = "root") => {
      await exec("mkdir", "-p", path.slice(0, path.lastIndexOf("/")) || "/");
      await copyIn(name, [{ path: path.slice(1), content, mode }]);
      if (owner !== "root") await exec("chown", `${owner}:`, path);
    },
    logins: async () => {
      const { stdout } = await exec("journalctl", "--unit", "ssh", "--output", "cat", "--grep", "^Accepted publickey");
      return stdout.split("\n").filter((line) => line.startsWith("Accepted")).length;
    },
    stop: async () => void (await docker(["stop", "--time", "20", name])),
    start: async () => {
      await docker(["start", name]);
      await sshdAnswers(port);
    },
    pause: async () => void (await docker(["pause", name])),
    unpause: async () => void (await docker(["unpause", name])),
    kill: async () => void (await docker(["kill", name])),
    changeHostKey: async () => {
      const other = makeKey(`${name}-host-other`);
      await copyIn(name, [{ path: "etc/ssh/ssh_host_ed25519_key", content: other.secret, mode: 0o600 }]);
      await exec("systemctl", "restart", "ssh");
      await sshdAnswers(port);
    },
    remove: async () => void (await docker(["rm", "--force", "--volumes", name])),
  };
}

/** What systemd needs to be PID 1 without `--privileged`. Sizes keep one machine from eating the memory of all. */
function containerOptions(hostName: string, port: number): string[] {
  return [
    ...["--hostname", hostName, "--publish", `127.0.0.1:${port}:22`],
    ...["--label", "landfall-test=1", "--label", `${ownerLabel}=${owner}`],
    ...["--cap-add", "SYS_ADMIN", "--cgroupns", "private"],
    ...["--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"],
    ...["--tmpfs", "/run:exec,size=64m", "--tmpfs", "/run/lock:size=4m", "--tmpfs", "/tmp:exec,size=256m"],
  ];
}

function sshConfiguration(identity: string, knownHosts: string): string {
  return [
    "Host *",
    `  IdentityFile ${identity}`,
    "  IdentitiesOnly yes",
    `  UserKnownHostsFile ${knownHosts}`,
    "  GlobalKnownHostsFile /dev/null",
    "  SendEnv LANG LC_*",
    "",
  ].join("\n");
}

/** The image that scripts/test-env builds. */
function image(): string {
  const script = join(import.meta.dirname, "../../scripts/test-env");
  return execFileSync("sh", [script, "--image"], { encoding: "utf8" }).trim();
}

/** Puts files into a container, owned by root whoever runs the tests. It need not run. */
async function copyIn(name: string, files: { path: string; content: string; mode: number }[]): Promise<void> {
  const tar = pack();
  for (const { path, content, mode } of files) tar.entry({ name: path, mode, uid: 0, gid: 0 }, content);
  tar.finalize();
  await docker(["cp", "-", `${name}:/`], await buffer(tar));
}

async function sshdAnswers(port: number): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await greets(port)) return;
    await sleep(100);
  }
  throw new Error(`no sshd answered on port ${port} within a minute`);
}

/** Docker accepts a connection before anything listens inside, so only sshd's own first line counts. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.setTimeout(2000, () => socket.destroy());
    socket.once("data", (chunk) => {
      resolve(chunk.toString().startsWith("SSH-"));
      socket.destroy();
    });
    socket.once("error", () => resolve(false));
    socket.once("close", () => resolve(false));
  });
}
