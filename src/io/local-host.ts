import { existsSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import { homedir } from "node:os";
import type { Duplex } from "node:stream";
import { envelope, scriptEnd, sending } from "./envelope.ts";
import type { Host, ScriptEnd, ScriptOptions } from "./hosts.ts";
import { type RunEnd, run } from "./process.ts";

/** This machine as a host: scripts run as they would over SSH, in the home directory, without a login. */
export function localHost(): Host {
  return { name: "localhost", script: runHere, begin: () => {}, connect };
}

async function runHere(script: string, args: readonly string[], options: ScriptOptions = {}): Promise<ScriptEnd> {
  const sealed = envelope(script, args, options.library);
  const home = homedir();
  const end = await run("/bin/sh", ["-c", sealed.command], {
    ...sending(sealed, options),
    cwd: existsSync(home) ? home : "/",
    signal: options.signal,
    timeoutSeconds: options.timeoutSeconds,
  });
  return scriptEnd(sealed, end) ?? withoutEnd(end, options);
}

function withoutEnd(end: RunEnd, options: ScriptOptions): ScriptEnd {
  switch (end.ended) {
    case "cancelled":
      return { ended: "cancelled" };
    case "timeout":
      return lost(`a script on localhost did not end within ${options.timeoutSeconds} s and was killed`);
    case "spawn-failed":
      return { ended: "refused", code: "command-missing", message: `localhost cannot start /bin/sh: ${end.message}` };
    case "signal":
      return lost(`the shell on localhost was killed by ${end.signal} before its script ended`);
    case "exit":
      return lost("the shell on localhost ended before its script did");
  }
}

function lost(message: string): ScriptEnd {
  return { ended: "lost", code: "connection-lost", message };
}

function connect(host: string, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host, port });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}
