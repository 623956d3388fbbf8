import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const version = "2.11.11";

/**
 * The peer for change detection: its program, from npm into a cache of its own, since the product has no use for it. Not the
 * script that npm starts it with: that would measure Node. Or why it cannot be had.
 */
export function installTurbo(): { program: string } | { missing: string } {
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "landfall", "bench", `turbo-${version}`);
  const program = () => globSync(join(folder, "node_modules/@turbo/*/bin/turbo"))[0];
  const there = program();
  if (there !== undefined) return { program: there };
  const args = ["install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts", `turbo@${version}`];
  const { status, stderr, error } = spawnSync("npm", args, { encoding: "utf8", timeout: 300_000 });
  const made = program();
  if (status === 0 && made !== undefined) return { program: made };
  return { missing: `turbo ${version}: npm cannot install it: ${error?.message ?? stderr.trim().split("\n").at(-1)}` };
}
