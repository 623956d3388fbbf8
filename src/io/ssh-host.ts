import { timerMilliseconds } from "../util/pause.ts";
import { type Envelope, envelope, scriptEnd, sending } from "./envelope.ts";
import type { Address, Host, ScriptEnd, ScriptOptions } from "./hosts.ts";
import type { Library } from "./library.ts";
import { type RunEnd, run } from "./process.ts";
import type { SshFailure } from "./ssh-errors.ts";
import { type Login, logIn, sshEnvironment, sshOptions } from "./ssh-login.ts";
import { tunnel } from "./ssh-tunnel.ts";

/** A host reached over OpenSSH's own client. */
export interface SshHost extends Host {
  close(): Promise<void>;
}

const noLibrary: Library = { name: "", parts: [] };

/** What a session is opened with, once there is a login. */
interface Way {
  name: string;
  destination: string;
  args: readonly string[];
}

/**
 * A machine over OpenSSH: the first call logs in, all others go through that login. `socket` is the path of its control
 * socket, in a directory that only this user can enter. A login that broke between two calls is made again once; what was
 * cut off in mid-script is `lost`, and never run again by itself.
 */
export function sshHost(address: Address, socket: string): SshHost {
  const name = address.user === undefined ? address.host : `${address.user}@${address.host}`;
  const way: Way = { name, destination: address.host, args: through(address, socket) };
  const closing = new AbortController();
  let login: Promise<Login | SshFailure> | null = null;
  /** A login that was begun ahead, and is known to have failed. */
  let failed: Promise<Login | SshFailure> | null = null;

  async function enter(library = noLibrary): Promise<Login | SshFailure> {
    const before = login;
    const present = await before;
    if (present && "ended" in present) {
      // What was begun ahead has failed: one script is told, and the next one tries anew.
      if (login === before) login = null;
      return present;
    }
    if (present?.alive()) return present;
    // Whoever finds the login gone first makes the new one; all others wait for the same.
    if (login === before) login = logIn(name, address, socket, library, closing.signal);
    const made = login;
    const entered = await made;
    if (entered && "ended" in entered && login === made) login = null;
    return entered ?? enter(library);
  }

  return {
    name,
    script: async (script, args, options = {}) => {
      const ends = performance.now() + (options.timeoutSeconds ?? Number.POSITIVE_INFINITY) * 1000;
      for (let again = true; ; again = false) {
        const entered = await within(enter(options.library), name, options, ends);
        if ("ended" in entered) return entered;
        const end = await runThrough(way, entered, script, args, options, ends);
        if (end !== "no-login") return end;
        if (!again) return lost(name, entered);
      }
    },
    begin: (library) => {
      // What failed a while ago may succeed now; until then it is told to whoever asks first.
      if (login !== null && login !== failed) return;
      const begun = logIn(name, address, socket, library, closing.signal);
      login = begun;
      void begun.then((made) => {
        if ("ended" in made) failed = begun;
      });
    },
    connect: async (host, port) => {
      const entered = await enter();
      if ("ended" in entered) throw new Error(entered.message);
      const place = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
      return tunnel(way.args, way.destination, place, () => channelWords(entered));
    },
    close: async () => {
      closing.abort("closed");
      const present = await login;
      if (present && "alive" in present && present.alive()) await present.gone;
    },
  };
}

/** ssh through the login, and never past it: without the socket it would quietly log in anew, so that way is blocked. */
function through(address: Address, socket: string): string[] {
  return [...sshOptions(address, socket), "-o", "ControlMaster=no", "-o", "ProxyCommand=false"];
}

/** Waits for the login as long as the caller wants to: the login itself goes on for others that wait for it. */
async function within(
  entering: Promise<Login | SshFailure>,
  name: string,
  options: ScriptOptions,
  ends: number,
): Promise<Login | ScriptEnd> {
  if (options.signal?.aborted) return { ended: "cancelled" };
  let limit: NodeJS.Timeout | undefined;
  let onAbort = () => {};
  const givenUp = new Promise<ScriptEnd>((resolve) => {
    onAbort = () => resolve({ ended: "cancelled" });
    options.signal?.addEventListener("abort", onAbort, { once: true });
    const message = `${name} did not finish the login within ${options.timeoutSeconds} s`;
    if (ends < Number.POSITIVE_INFINITY)
      limit = setTimeout(
        () => resolve({ ended: "unreachable", code: "host-hung", message }),
        timerMilliseconds((ends - performance.now()) / 1000),
      );
  });
  try {
    return await Promise.race([entering, givenUp]);
  } finally {
    clearTimeout(limit);
    options.signal?.removeEventListener("abort", onAbort);
  }
}

async function runThrough(
  way: Way,
  login: Login,
  script: string,
  args: readonly string[],
  options: ScriptOptions,
  ends: number,
): Promise<ScriptEnd | "no-login"> {
  const left = (ends - performance.now()) / 1000;
  const timeoutSeconds = left === Number.POSITIVE_INFINITY ? undefined : Math.max(left, 0);
  const { library } = options;
  if (library !== undefined && login.channel.free()) {
    const end = await login.channel.run(script, args, { ...options, library, timeoutSeconds });
    if (end.status !== null) return { ended: "exit", status: end.status, stdout: end.stdout, stderr: end.stderr };
    if (end.ended !== "exit" && login.alive()) await endThere(way, login.group);
    return end.ended === "cancelled" ? { ended: "cancelled" } : cutOff(way.name, login, end.ended, options);
  }
  const sealed = envelope(script, args, library);
  const end = await run("ssh", session(way, sealed), {
    ...sending(sealed, options),
    env: sshEnvironment(),
    signal: options.signal,
    timeoutSeconds,
  });
  const done = scriptEnd(sealed, end);
  if (done) return done;
  const pid = sealed.pid();
  if ((end.ended === "cancelled" || end.ended === "timeout") && pid !== null && login.alive()) await endThere(way, pid);
  return withoutEnd(way.name, login, end, pid !== null, options);
}

function session({ args, destination }: Way, sealed: Envelope): string[] {
  return [...args, "--", destination, `exec /bin/sh -c '${sealed.command}'`];
}

/** Ends a process group on the host as it is ended on this machine: asked first, then killed. sshd would let it run on. */
async function endThere(way: Way, group: number): Promise<void> {
  const script = `
    kill -s TERM -- "-$1" 2>/dev/null || exit 0
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
      sleep 0.2
      kill -s 0 -- "-$1" 2>/dev/null || exit 0
    done
    kill -s KILL -- "-$1"`;
  const sealed = envelope(script, [String(group)]);
  await run("ssh", session(way, sealed), { input: sealed.input, env: sshEnvironment(), timeoutSeconds: 10 });
}

function withoutEnd(
  name: string,
  login: Login,
  end: RunEnd,
  begun: boolean,
  options: ScriptOptions,
): ScriptEnd | "no-login" {
  if (end.ended === "cancelled") return { ended: "cancelled" };
  if (end.ended === "timeout") return cutOff(name, login, "timeout", options);
  if (end.ended === "spawn-failed")
    return { ended: "unreachable", code: "ssh-failed", message: `ssh cannot be started: ${end.message}` };
  if (!begun && /Session open refused by peer/.test(end.stderr)) {
    const message = `${name} opens no further session on one login: sshd's MaxSessions is reached`;
    return { ended: "unreachable", code: "ssh-failed", message };
  }
  // The socket was not there: ssh took the blocked way, so nothing was sent.
  if (!begun && /UNKNOWN port 65535/.test(end.stderr)) return "no-login";
  return cutOff(name, login, "exit", options);
}

function cutOff(name: string, login: Login, ended: "timeout" | "exit", { timeoutSeconds }: ScriptOptions): ScriptEnd {
  if (ended === "exit") return lost(name, login);
  const message = `a script on ${name} did not end within ${timeoutSeconds} s and was killed`;
  return { ended: "lost", code: "connection-lost", message };
}

function lost(name: string, login: Login): ScriptEnd {
  const why = login.alive() ? "its session was cut off" : login.lastWords();
  return { ended: "lost", code: "connection-lost", message: `the connection to ${name} broke in mid-script: ${why}` };
}

/** Why a channel was not opened: the master prints it, the session that asked does not. */
function channelWords(login: Login): string {
  return /open failed: (.*)/.exec(login.lastWords())?.[1] ?? "nothing answers";
}
