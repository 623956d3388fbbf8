import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../src/io/process.ts";

/** Debian's own client fits its engine; another one on the PATH may not. As in scripts/test-env. */
export const dockerProgram = existsSync("/usr/bin/docker") ? "/usr/bin/docker" : "docker";

/** The small Debian with Python that test images are built on: the image that scripts/test-env made. */
export function baseImage(): string {
  return imageOf("--base-image");
}

/** The same with Flask and gunicorn. */
export function pythonImage(): string {
  return imageOf("--python-image");
}

function imageOf(option: string): string {
  const script = join(import.meta.dirname, "../../scripts/test-env");
  return execFileSync("sh", [script, option], { encoding: "utf8" }).trim();
}

/** Runs docker and gives its standard output. Throws with its message when it fails. */
export async function docker(args: readonly string[], input?: Buffer): Promise<string> {
  const end = await run(dockerProgram, args, { input, timeoutSeconds: 60 });
  if (end.ended === "exit" && end.status === 0) return end.stdout.trimEnd();
  throw new Error(`docker ${args[0]} ended by ${end.ended}: ${end.stderr || end.stdout}`);
}

/** Removes a container while this process exits, when nothing can be waited for any more. */
export function removeContainerNow(name: string): void {
  spawnSync(dockerProgram, ["rm", "--force", "--volumes", name], { stdio: "ignore" });
}
