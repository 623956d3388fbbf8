import { resolve } from "node:path";
import { userError } from "../model/errors.ts";
import type { Address, Host, Hosts } from "./hosts.ts";
import { localHost } from "./local-host.ts";

/**
 * Opens the way to machines for one verb. Nothing is connected before the first script.
 * `directory` is where a relative `sshConfig` is looked for. `get` throws a UserError `bad-value` for a host name that
 * ssh would read as an option.
 */
export function openHosts(directory: string): Hosts {
  const known = new Map<string, Host>();
  return {
    get: (address) => {
      const key = JSON.stringify([address.host, address.user, address.port, address.sshConfig]);
      const host = known.get(key) ?? open(withAbsoluteConfig(address, directory));
      known.set(key, host);
      return host;
    },
    close: async () => {},
  };
}

function open(address: Address): Host {
  if (address.host === "localhost") return localHost();
  if (address.host === "" || address.host.startsWith("-"))
    throw userError("invalid", "bad-value", `${JSON.stringify(address.host)} is not a host name`);
  throw userError("invalid", "not-in-this-version", `${address.host} is reached over SSH`);
}

function withAbsoluteConfig(address: Address, directory: string): Address {
  if (address.sshConfig === undefined) return address;
  return { ...address, sshConfig: resolve(directory, address.sshConfig) };
}
