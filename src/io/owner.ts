import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import type { Owner } from "../model/rollout.ts";

/** Who this process is: `GITHUB_ACTOR/GITHUB_REPOSITORY#GITHUB_RUN_ID` under GitHub Actions, else the user's name. */
export function readOwner(env: Readonly<Record<string, string | undefined>>): Owner {
  const started = startOf(process.pid);
  return {
    who: whoFrom(env),
    host: hostname(),
    boot: readBoot(),
    pid: process.pid,
    ...(started === "unknown" || started === "gone" ? {} : { started }),
  };
}

/**
 * Whether an owner's process may still run. False only when it is known to be gone: it was on this host, in this boot and
 * pid namespace, and its pid is free, a zombie, or another process's by now. Whatever cannot be told counts as alive.
 */
export function isAlive(owner: Owner): boolean {
  if (!isHere(owner)) return true;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
  const started = startOf(owner.pid);
  if (started === "gone") return false;
  return started === "unknown" || owner.started === undefined || owner.started === started;
}

/** Whether an owner's pid means something here: the same host, boot and pid namespace. */
export function isHere(owner: Owner): boolean {
  return owner.boot !== "" && owner.boot === readBoot() && owner.host === hostname();
}

function whoFrom(env: Readonly<Record<string, string | undefined>>): string {
  const { GITHUB_ACTIONS, GITHUB_ACTOR, GITHUB_REPOSITORY, GITHUB_RUN_ID } = env;
  if (GITHUB_ACTIONS === "true" && GITHUB_ACTOR && GITHUB_REPOSITORY)
    return `${GITHUB_ACTOR}/${GITHUB_REPOSITORY}#${GITHUB_RUN_ID ?? ""}`;
  try {
    return userInfo().username;
  } catch {
    // A container may run a user id that has no name.
    return env.USER || `uid ${process.getuid?.() ?? "unknown"}`;
  }
}

let boot: string | undefined;

/** The boot id; on Linux with the pid namespace, because containers of one host share the boot id and not their pids. */
function readBoot(): string {
  boot ??= tryRead(() =>
    process.platform === "darwin"
      ? execFileSync("sysctl", ["-n", "kern.bootsessionuuid"], { encoding: "utf8" }).trim()
      : `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${readlinkSync("/proc/self/ns/pid")}`,
  );
  return boot ?? "";
}

/** When a process started, in clock ticks since boot: proc_pid_stat(5), field 22. Pids are used again, such pairs are not. */
function startOf(pid: number): string {
  const stat = tryRead(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  if (stat === undefined) return "unknown";
  // The second field is a name in brackets that may itself hold brackets and spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return "gone";
  return fields[19] ?? "unknown";
}

function tryRead(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
