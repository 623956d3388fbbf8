import type { Finding } from "../model/finding.ts";
import type { AgentScene } from "./agent-scene.ts";
import { architectureOf } from "./node-for.ts";

/** The oldest glibc that Node 24 runs on. */
const oldestGlibc = [2, 28] as const;

/** Everything that the target lacks for an agent, from what was seen there. All of it at once. Pure. */
export function agentGuards(scene: AgentScene, seen: ReadonlyMap<string, string[]>): Finding[] {
  const one = (key: string) => seen.get(key)?.[0] ?? "";
  const name = scene.host.name;
  const found: { message: string; fix: string }[] = [];
  const add = (message: string, fix: string) => found.push({ message, fix });
  if (one("os") !== "Linux")
    add(`${name} runs ${one("os") || "an unknown system"}, and an agent needs Linux`, byHand(scene));
  else if (one("systemd") !== "yes") add(`${name} was not booted by systemd, which runs the agent`, byHand(scene));
  for (const tool of seen.get("missing") ?? []) add(`${name} has no command ${tool}`, `install ${tool} on ${name}`);
  if (architectureOf(one("machine")) === null)
    add(`${name} is a ${one("machine")}, and Landfall brings Node for x86_64 and aarch64`, byHand(scene));
  const libc = libcProblem(one("libc"));
  if (libc !== null) add(`${name} ${libc}`, byHand(scene));
  if (seen.has("nouser")) add(`${name} has no user ${one("nouser")}`, "name another with --user");
  if (one("root") !== "yes") add(rootMissing(name, one("me"), one("allowed")), rootFix(one("me")));
  for (const command of seen.get("sudo") ?? []) {
    const [, as = "root", what = command] = /^-u (\S+) (.*)$/.exec(command) ?? [];
    add(
      `${one("user")} on ${name} may not run by sudo, without a password: ${command}`,
      `allow it in sudoers: ${one("user")} ALL=(${as}) NOPASSWD: ${what}`,
    );
  }
  for (const line of seen.get("git") ?? []) found.push(gitProblem(line, name, one("user")));
  return found.map((finding): Finding => ({ code: "agent-cannot", level: "block", target: scene.target, ...finding }));
}

function byHand({ environment }: AgentScene): string {
  return `deploy to it when it is on: landfall deploy ${environment}`;
}

function libcProblem(libc: string): string | null {
  if (libc === "musl") return "has musl, and the Node that Landfall brings needs glibc";
  const [, major, minor] = /^glibc (\d+)\.(\d+)/.exec(libc) ?? [];
  if (major === undefined) return "has a C library that is not known, and the Node that Landfall brings needs glibc";
  const old = Number(major) < oldestGlibc[0] || (Number(major) === oldestGlibc[0] && Number(minor) < oldestGlibc[1]);
  return old ? `has ${libc}, and Node needs ${oldestGlibc.join(".")} or newer` : null;
}

function rootMissing(name: string, me: string, allowed: string): string {
  const now = allowed === "" ? "nothing" : allowed;
  return `installing needs root on ${name}, and ${me} may not run /bin/sh by sudo without a password; allowed now: ${now}`;
}

function rootFix(me: string): string {
  return `allow it for the installation, in sudoers: ${me} ALL=(ALL) NOPASSWD: /bin/sh; or log in as another user with --login`;
}

function gitProblem(line: string, name: string, user: string): { message: string; fix: string } {
  const [address = "", words = ""] = line.split("\t");
  const message = `${user} on ${name} cannot read ${address}: ${words.trim() || "git did not end in time"}`;
  if (/host key verification failed/i.test(words))
    return {
      message,
      fix: `add the git host's key to ~${user}/.ssh/known_hosts, after comparing it with what the host says`,
    };
  return {
    message,
    fix: `give ${user} a key or token that may read it; git ls-remote ${address} must work for that user`,
  };
}
