import { join } from "node:path";
import { run } from "../../../src/io/process.ts";
import type { CliEnd } from "../cli.ts";

/** The built command line. */
export const program = join(import.meta.dirname, "../../../bin/landfall");

/** Runs the built command line with these variables and nothing of this machine's own AWS settings. */
export async function landfallInAws(
  directory: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CliEnd> {
  const own = Object.entries(process.env).filter(([name]) => !/^(AWS_|GITHUB_|CI$|NODE_TEST_CONTEXT)/.test(name));
  const given = { ...Object.fromEntries(own), ...env, AWS_EC2_METADATA_DISABLED: "true", LANDFALL_DEBUG: "1" };
  const end = await run(program, args, { cwd: directory, env: given, timeoutSeconds: 120 });
  if (end.ended !== "exit") throw new Error(`landfall ${args.join(" ")} ended by ${end.ended}: ${end.stderr}`);
  return { status: end.status, stdout: end.stdout, stderr: end.stderr };
}
