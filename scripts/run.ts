import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";

/** Runs a program of the repository's own packages, showing what it prints. Ends this process when it fails. */
export function run(program: string, args: readonly string[], root: string): void {
  const path = `${join(root, "node_modules/.bin")}${delimiter}${process.env.PATH ?? ""}`;
  const { status, error } = spawnSync(program, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, PATH: path },
  });
  if (error) throw new Error(`${program} could not be started`, { cause: error });
  if (status !== 0) process.exit(status ?? 1);
}
