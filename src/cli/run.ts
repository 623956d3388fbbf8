import { UserError } from "../model/errors.ts";
import type { Progress } from "../model/progress.ts";
import { painter } from "../report/paint.ts";
import { exitCode } from "./exit-codes.ts";
import { openInterrupt } from "./interrupt.ts";
import { understand } from "./parse.ts";
import { openProgress } from "./progress.ts";
import { refusal } from "./refusal.ts";
import { openSession } from "./session.ts";
import type { Terminal } from "./terminal.ts";
import type { Invocation, Reply, Verb } from "./verb.ts";

/** Runs a command line and returns its exit code. Everything a command prints is printed from here. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { invocation, mistakes } = understand(argv);
  const { verb } = invocation;
  if (invocation.on("version")) return await printVersion(terminal);
  if (mistakes.length > 0) return await answer(refusal(new UserError("invalid", mistakes)), invocation, terminal);
  if (invocation.on("help") || !verb) return await printHelp(verb, invocation.on("help"), terminal);
  return await answer(await work(verb, invocation, terminal), invocation, terminal);
}

/** Runs the verb, with progress and the way to stop it. Never throws: what goes wrong is a reply too. */
async function work(verb: Verb, invocation: Invocation, terminal: Terminal): Promise<Reply> {
  const progress = openProgress(terminal, painter(terminal.colour.err && !invocation.on("no-color")));
  const interrupt = openInterrupt(terminal, progress.note);
  const written: Promise<void>[] = [];
  const emit = invocation.on("events")
    ? (event: Progress) => void written.push(terminal.out(`${JSON.stringify(event)}\n`))
    : progress.show;
  try {
    const session = openSession(invocation, terminal, interrupt, emit);
    return await (await verb.load()).run(invocation, session);
  } catch (error) {
    return refusal(error, { cancelled: interrupt.signal.aborted, debug: Boolean(terminal.env.LANDFALL_DEBUG) });
  } finally {
    interrupt.close();
    await progress.stop();
    await Promise.all(written);
  }
}

/** Writes a reply: a document, or text; annotations and the job's summary under GitHub Actions. */
async function answer(reply: Reply, invocation: Invocation, terminal: Terminal): Promise<number> {
  const code = exitCode(reply.ending);
  const streams = invocation.on("events");
  if (streams || invocation.on("json")) {
    const { jsonDocument } = await import("../report/json.ts");
    const end = { outcome: reply.ending, exitCode: code };
    await terminal.out(`${jsonDocument(invocation.verb?.name ?? "", end, reply.body, streams)}\n`);
  } else {
    const stream = reply.refused ? "err" : "out";
    const text = reply.text(painter(terminal.colour[stream] && !invocation.on("no-color")));
    if (text !== "") await terminal[stream](`${text}\n`);
  }
  if (terminal.env.GITHUB_ACTIONS === "true") {
    const { tellGitHub } = await import("./github.ts");
    await tellGitHub(reply, terminal);
  }
  return code;
}

async function printVersion(terminal: Terminal): Promise<number> {
  const { default: manifest } = await import("../../package.json", { with: { type: "json" } });
  await terminal.out(`landfall ${manifest.version}\n`);
  return exitCode("ok");
}

/** Help that was asked for is an answer; without a verb it is shown as what was missing. */
async function printHelp(verb: Verb | null, asked: boolean, terminal: Terminal): Promise<number> {
  const { generalHelp, verbHelp } = await import("./help.ts");
  await terminal[asked ? "out" : "err"](`${verb ? verbHelp(verb) : generalHelp()}\n`);
  return exitCode(asked ? "ok" : "invalid");
}
