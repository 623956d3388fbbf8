import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { userError } from "../model/errors.ts";
import type { Address, Host, Hosts } from "./hosts.ts";
import { localHost } from "./local-host.ts";
import { type SshHost, sshHost } from "./ssh-host.ts";

/**
 * Opens the way to machines for one verb. Nothing is connected before the first script.
 * `directory` is where a relative `sshConfig` is looked for. `get` throws a UserError `bad-value` for a host name that
 * ssh would read as an option.
 */
export function openHosts(directory: string): Hosts {
  const here = localHost();
  const known = new Map<string, SshHost>();
  const sockets = socketDirectory();

  function get(address: Address): Host {
    if (address.host === "localhost") return here;
    if (!/^[^\s-]\S*$/.test(address.host))
      throw userError("invalid", "bad-value", `${JSON.stringify(address.host)} is not a host name`);
    const key = JSON.stringify([address.host, address.user, address.port, address.sshConfig]);
    const host = known.get(key) ?? sshHost(withAbsoluteConfig(address, directory), sockets.next());
    known.set(key, host);
    return host;
  }

  async function close(): Promise<void> {
    await Promise.all(Array.from(known.values(), (host) => host.close()));
    sockets.remove();
  }

  return { get, close };
}

function withAbsoluteConfig(address: Address, directory: string): Address {
  if (address.sshConfig === undefined) return address;
  return { ...address, sshConfig: resolve(directory, address.sshConfig) };
}

/**
 * A private directory for control sockets, made with mode 0700 when the first is needed. Under /tmp whatever TMPDIR says, where
 * that can be written: the path of a socket may have about a hundred bytes, and ssh appends to it while it is being made.
 */
function socketDirectory(): { next(): string; remove(): void } {
  let directory: string | null = null;
  let count = 0;
  const remove = () => {
    if (directory !== null) rmSync(directory, { recursive: true, force: true });
    directory = null;
    process.off("exit", remove);
  };
  return {
    next: () => {
      if (directory === null) {
        directory = privateDirectory();
        process.once("exit", remove);
      }
      count += 1;
      return join(directory, String(count));
    },
    remove,
  };
}

function privateDirectory(): string {
  try {
    return mkdtempSync("/tmp/landfall-ssh-");
  } catch {
    return mkdtempSync(join(tmpdir(), "landfall-ssh-"));
  }
}
