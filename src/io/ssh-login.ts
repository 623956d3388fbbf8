import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { lines } from "../util/lines.ts";
import { channelCommand, channelGreeting } from "./channel-message.ts";
import type { Address } from "./hosts.ts";
import type { Library } from "./library.ts";
import { type Channel, channelOf } from "./ssh-channel.ts";
import { classifySshError, lastLine, type SshFailure } from "./ssh-errors.ts";

/** An open login that further sessions go through. */
export interface Login {
  alive(): boolean;
  /** Its own session, and the process group of that on the host. */
  readonly channel: Channel;
  readonly group: number;
  /** What ssh last said, for the message when the connection broke. */
  lastWords(): string;
  /** Settles when it has ended. */
  readonly gone: Promise<void>;
}

/** Bounds a login that hangs after the connection was made, which ConnectTimeout does not. Seconds. */
const loginSeconds = 45;

/**
 * Logs in once and keeps the connection as a multiplexing master at `socket`.
 * The master's session reads our pipe: when this process ends, however it ends, the pipe closes and the master goes too.
 * Its session begins with a library. `closing` ends it, whether it is open yet or not.
 */
export function logIn(
  name: string,
  address: Address,
  socket: string,
  library: Library,
  closing: AbortSignal,
): Promise<Login | SshFailure> {
  const ready = "landfall-ready";
  // The socket of a master that was killed stays behind, and would keep the new one from listening.
  rmSync(socket, { force: true });
  const child = spawn(
    "ssh",
    [
      ...sshOptions(address, socket),
      ...["-o", "ControlMaster=yes", "-o", "ControlPersist=no"],
      ...["--", address.host, `exec /bin/sh -c '${channelCommand}'`],
    ],
    // A group of its own: Ctrl-C must not cut the way before what is under way was brought to an end.
    { stdio: ["pipe", "pipe", "pipe"], detached: true, env: sshEnvironment() },
  );
  // With what ssh started on the way: a proxy's helper would hold its output open, and be waited for.
  const end = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
    } catch {} // it is gone
  };
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-8192);
  });
  child.stdin.on("error", () => {});
  child.stdin.write(channelGreeting(ready, library));
  return new Promise((resolve) => {
    let limit: NodeJS.Timeout | undefined = setTimeout(() => {
      limit = undefined;
      end();
    }, loginSeconds * 1000);
    // Not spawn's own `signal`: it makes an error with a stack for each of many logins that are only closed.
    const onClosing = () => {
      end();
      clearTimeout(limit);
      resolve({ ended: "unreachable", code: "ssh-failed", message: `the login to ${name} was given up` });
    };
    if (closing.aborted) onClosing();
    else closing.addEventListener("abort", onClosing, { once: true });
    const split = lines((line) => {
      if (!line.startsWith(`${ready} `)) return;
      clearTimeout(limit);
      child.stdout.off("data", split.push);
      const group = Number(line.slice(ready.length + 1));
      resolve(loginOf(child, library, group, () => lastLine(said)));
    });
    child.stdout.on("data", split.push);
    child.on("error", (error) => {
      clearTimeout(limit);
      resolve({ ended: "unreachable", code: "ssh-failed", message: `ssh cannot be started: ${error.message}` });
    });
    child.on("close", (status) => {
      if (limit === undefined)
        resolve({ ended: "unreachable", code: "host-hung", message: `${name} did not finish the login` });
      clearTimeout(limit);
      resolve(status === 255 ? classifySshError(name, said) : noShell(name, said));
    });
  });
}

/** What every ssh of an address is given. The user's own configuration holds for all that is not set here. */
export function sshOptions(address: Address, socket: string): string[] {
  const settings = [
    "BatchMode=yes",
    "ConnectTimeout=10",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
    "LogLevel=INFO",
    "RemoteCommand=none",
    "PermitLocalCommand=no",
    "ClearAllForwardings=yes",
  ];
  return [
    ...(address.sshConfig === undefined ? [] : ["-F", address.sshConfig]),
    ...(address.user === undefined ? [] : ["-l", address.user]),
    ...(address.port === undefined ? [] : ["-p", String(address.port)]),
    ...["-T", "-x", "-S", socket],
    ...settings.flatMap((setting) => ["-o", setting]),
  ];
}

/**
 * Our environment without its language: ssh's messages come in English, and a target does not get the language of
 * whoever deploys (`SendEnv LANG LC_*` is common), so that steps run there as they would at boot.
 */
export function sshEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !key.startsWith("LC_") && key !== "LANG" && key !== "LANGUAGE"),
  );
}

function loginOf(
  child: ChildProcessWithoutNullStreams,
  library: Library,
  group: number,
  lastWords: () => string,
): Login {
  return {
    channel: channelOf(child, library),
    group,
    alive: () => child.exitCode === null && child.signalCode === null,
    lastWords,
    gone: new Promise((resolve) => child.once("exit", () => resolve())),
  };
}

function noShell(name: string, stderr: string): SshFailure {
  const message = `${name} accepts the login, and runs no command for this user: ${lastLine(stderr)}`;
  return { ended: "refused", code: "access-refused", message };
}
