import { exitCode } from "./exit-codes.ts";
import { generalHelp, verbHelp } from "./help.ts";
import { understand } from "./parse.ts";
import type { Terminal } from "./terminal.ts";
import type { Verb } from "./verb.ts";

/** Runs a command line and returns its exit code. Each way it can go is loaded when it is taken. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { invocation, mistakes } = await understand(argv);
  const { verb } = invocation;
  if (invocation.on("version")) return await printVersion(terminal);
  if (mistakes.length === 0 && (invocation.on("help") || !verb))
    return await printHelp(verb, invocation.on("help"), terminal);
  const [{ answer }, { work }, { refused }] = await Promise.all([
    import("./answer.ts"),
    import("./work.ts"),
    import("./refusal.ts"),
  ]);
  const reply = verb && mistakes.length === 0 ? await work(verb, invocation, terminal) : refused("invalid", mistakes);
  return await answer(reply, invocation, terminal);
}

async function printVersion(terminal: Terminal): Promise<number> {
  const { default: manifest } = await import("../../package.json", { with: { type: "json" } });
  await terminal.out(`landfall ${manifest.version}\n`);
  return exitCode("ok");
}

/** Help that was asked for is an answer; without a verb it is shown as what was missing. */
async function printHelp(verb: Verb | null, asked: boolean, terminal: Terminal): Promise<number> {
  await terminal[asked ? "out" : "err"](`${verb ? verbHelp(verb) : generalHelp()}\n`);
  return exitCode(asked ? "ok" : "invalid");
}
