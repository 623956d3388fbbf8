import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeKey } from "./keys.ts";
import type { TestAddress } from "./machine.ts";
import { freePort } from "./port.ts";

/** This computer as a host over SSH: an sshd of the test's own on the loopback address, for the user who runs it. */
export interface Sshd {
  address: TestAddress;
  stop(): void;
}

/**
 * Starts it with keys of its own.
 *
 * @param home what a login there has as its home directory.
 */
export async function startSshd(home: string): Promise<Sshd> {
  const program = ["/usr/sbin/sshd", "/usr/local/sbin/sshd"].find(existsSync);
  if (program === undefined) throw new Error("sshd is not here. Install it: apt-get install openssh-server");
  const root = mkdtempSync(join(tmpdir(), "landfall-sshd-"));
  const port = await freePort();
  const user = userInfo().username;
  const hostKey = makeKey(`sshd-host-${port}`);
  const key = makeKey(`sshd-user-${port}`);
  writeFileSync(join(root, "authorized"), key.public);
  writeFileSync(join(root, "known"), `[127.0.0.1]:${port} ${hostKey.public}`);
  const settings = {
    ListenAddress: `127.0.0.1:${port}`,
    HostKey: hostKey.path,
    AuthorizedKeysFile: join(root, "authorized"),
    PidFile: "none",
    StrictModes: "no",
    UsePAM: "no",
    PermitRootLogin: "yes",
    SetEnv: `HOME=${home}`,
  };
  writeFileSync(join(root, "sshd"), lines(settings));
  const client = { IdentityFile: key.path, IdentitiesOnly: "yes", UserKnownHostsFile: join(root, "known") };
  writeFileSync(join(root, "client"), lines(client));
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const child = spawn(program, ["-D", "-f", join(root, "sshd"), "-E", join(root, "log")], { stdio: "ignore" });
  await answers(port, child);
  return {
    address: { host: "127.0.0.1", port, user, sshConfig: join(root, "client") },
    stop: () => {
      child.kill("SIGTERM");
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function lines(settings: Record<string, string>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${value}\n`)
    .join("");
}

async function answers(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 100 && child.exitCode === null; tries += 1) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: "127.0.0.1", port }, () => {
        socket.destroy();
        resolve(true);
      });
      socket.once("error", () => resolve(false));
    });
    if (open) return;
    await sleep(100);
  }
  throw new Error(`sshd did not start on port ${port}`);
}
