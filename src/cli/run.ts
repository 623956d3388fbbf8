import { type Ending, exitCode } from "./exit-codes.ts";
import { generalHelp, helpBody, verbHelp } from "./help.ts";
import { understand } from "./parse.ts";
import type { Terminal } from "./terminal.ts";
import { usage } from "./usage.ts";
import type { Invocation, Reply } from "./verb.ts";

/** Runs a command line and returns its exit code. An answer that could not be written is no good end. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const code = await answered(argv, terminal);
  const error = terminal.unwritten();
  if (error === null) return code;
  await terminal.err(`✘ the answer could not be written to the standard output: ${error.message}\n`);
  return code === exitCode("ok") ? exitCode("failed") : code;
}

/** Each way that a command line can go is loaded when it is taken. */
async function answered(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { invocation, mistakes } = await understand(argv);
  const { verb } = invocation;
  if (mistakes.length === 0 && invocation.on("version")) return await printVersion(invocation, terminal);
  if (mistakes.length === 0 && invocation.on("help")) return await printHelp(invocation, terminal);
  if (mistakes.length === 0 && !verb) return await missVerb(invocation, terminal);
  const [{ answer }, { work }, { refused }] = await Promise.all([
    import("./answer.ts"),
    import("./work.ts"),
    import("./refusal.ts"),
  ]);
  const reply = verb && mistakes.length === 0 ? await work(verb, invocation, terminal) : refused("invalid", mistakes);
  return await answer(reply, invocation, terminal);
}

async function printVersion(invocation: Invocation, terminal: Terminal): Promise<number> {
  const { default: manifest } = await import("../../package.json", { with: { type: "json" } });
  const { version } = manifest;
  if (invocation.on("json")) return await tellDocument("ok", { version }, invocation, terminal);
  await terminal.out(`landfall ${version}\n`);
  return exitCode("ok");
}

async function printHelp(invocation: Invocation, terminal: Terminal): Promise<number> {
  const { verb } = invocation;
  if (invocation.on("json")) return await tellDocument("ok", helpBody(verb), invocation, terminal);
  await terminal.out(`${verb ? verbHelp(verb) : generalHelp()}\n`);
  return exitCode("ok");
}

/** Help that nobody asked for shows what was missing, and is no answer. */
async function missVerb(invocation: Invocation, terminal: Terminal): Promise<number> {
  const findings = [usage("there is no verb", null)];
  if (invocation.on("json")) return await tellDocument("invalid", { findings }, invocation, terminal);
  await terminal.err(`${generalHelp()}\n`);
  return exitCode("invalid");
}

async function tellDocument(ending: Ending, body: Reply["body"], invocation: Invocation, terminal: Terminal) {
  const { answer } = await import("./answer.ts");
  return await answer({ ending, body, text: () => "" }, invocation, terminal);
}
