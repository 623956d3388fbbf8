import { join } from "node:path";
import { run } from "../../../src/io/process.ts";
import type { CliEnd } from "../cli.ts";

const main = join(import.meta.dirname, "../../../src/cli/main.ts");

/** Runs the command line from its sources, with these variables and nothing of this machine's own AWS settings. */
export async function landfallInAws(
  directory: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CliEnd> {
  const own = Object.entries(process.env).filter(([name]) => !/^(AWS_|GITHUB_|CI$|NODE_TEST_CONTEXT)/.test(name));
  const given = { ...Object.fromEntries(own), ...env, AWS_EC2_METADATA_DISABLED: "true", LANDFALL_DEBUG: "1" };
  const end = await run(process.execPath, [main, ...args], { cwd: directory, env: given, timeoutSeconds: 120 });
  if (end.ended !== "exit") throw new Error(`landfall ${args.join(" ")} ended by ${end.ended}: ${end.stderr}`);
  return { status: end.status, stdout: end.stdout, stderr: end.stderr };
}
