import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "../io/process.ts";
import { userError } from "../model/errors.ts";

/** Machines by the word of `uname -m`, and Node's own word for them. */
const architectures: Readonly<Record<string, string>> = { x86_64: "x64", aarch64: "arm64", arm64: "arm64" };

/** Node's word for a target's machine; null where there is no Node for it that we bring. */
export function architectureOf(machine: string): string | null {
  return architectures[machine] ?? null;
}

/**
 * The Node that fits a Linux target with glibc: this very one where it is for the same, else the npm package of the same
 * version for that architecture, kept in the user's cache. Throws a UserError (blocked) when it cannot be had.
 */
export async function nodeFor(
  architecture: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<string> {
  if (process.platform === "linux" && process.arch === architecture && hasGlibc()) return process.execPath;
  const name = `node-linux-${architecture}@${process.versions.node}`;
  const cache = join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "landfall", "node");
  const kept = join(cache, name);
  if (existsSync(kept)) return kept;
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, "fetch-"));
  try {
    await step("npm", ["pack", "--silent", name], work, signal);
    await step("sh", ["-c", "tar -xzf ./*.tgz package/bin/node"], work, signal);
    await rename(join(work, "package/bin/node"), kept);
    return kept;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Node says which glibc it runs on; on musl it says none. */
function hasGlibc(): boolean {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime !== undefined;
}

async function step(command: string, args: readonly string[], cwd: string, signal: AbortSignal): Promise<void> {
  const end = await run(command, args, { cwd, signal, timeoutSeconds: 600 });
  if (end.ended === "exit" && end.status === 0) return;
  const words = end.stderr.trim().split("\n").at(-1) ?? end.ended;
  throw userError("blocked", "agent-cannot", `the Node that fits the target could not be had: ${command}: ${words}`, {
    fix: "let npm reach its registry, or install the agent from a machine of the same kind as the target",
  });
}
