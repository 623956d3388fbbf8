import { readFileSync } from "node:fs";
import type { Host, ScriptEnd, ScriptOptions } from "../io/hosts.ts";
import { userError } from "../model/errors.ts";

/** Runs the reading script on the target, and gives what it said by key. Throws a UserError when the target cannot be asked. */
export async function look(host: Host, args: readonly string[], signal: AbortSignal): Promise<Map<string, string[]>> {
  const text = readFileSync(new URL("./look.sh", import.meta.url), "utf8");
  return said(await host.script(text, args, { signal, timeoutSeconds: 300 }), host);
}

/**
 * Runs a verb of root.sh as root, and gives what it changed. The text goes as one argument of `sh -c`; what is secret goes
 * by standard input only. Throws a UserError (failed) with the script's own last words.
 */
export async function asRoot(
  host: Host,
  verb: "place" | "install" | "uninstall",
  values: Readonly<Record<string, string>>,
  options: ScriptOptions,
): Promise<string[]> {
  const text = readFileSync(new URL("./root.sh", import.meta.url), "utf8");
  const run = `body=$1
    shift
    if [ "$(id -u)" = 0 ]; then exec /bin/sh -c "$body" sh "$@"; else exec sudo -n /bin/sh -c "$body" sh "$@"; fi`;
  const words = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  const end = await host.script(run, [text, verb, ...words], { timeoutSeconds: 900, ...options });
  return said(end, host).get("changed") ?? [];
}

function said(end: ScriptEnd, host: Host): Map<string, string[]> {
  if (end.ended === "cancelled") throw userError("failed", "cancelled", `cancelled while ${host.name} worked`);
  if (end.ended !== "exit") throw userError("blocked", end.code, end.message);
  if (end.status !== 0) {
    const words = end.stderr.trim().split("\n").at(-1) || `it ended with status ${end.status}`;
    throw userError("failed", "agent-cannot", `${host.name}: ${words}`);
  }
  const found = new Map<string, string[]>();
  for (const line of end.stdout.split("\n")) {
    const tab = line.indexOf("\t");
    if (tab < 0) continue;
    const key = line.slice(0, tab);
    found.set(key, [...(found.get(key) ?? []), line.slice(tab + 1)]);
  }
  return found;
}
