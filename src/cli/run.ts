import { UserError } from "../model/errors.ts";
import { painter } from "../report/paint.ts";
import { exitCode } from "./exit-codes.ts";
import { understand } from "./parse.ts";
import { openProgress, type ProgressView, silent } from "./progress.ts";
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

/** Runs the verb, with progress and the way to stop it. */
async function work(verb: Verb, invocation: Invocation, terminal: Terminal): Promise<Reply> {
  const stop = new AbortController();
  const force = new AbortController();
  const paint = painter(terminal.colour.err && !invocation.on("no-color"));
  const streams = invocation.on("events");
  let view: ProgressView | null = streams ? silent : null;
  const queue: Promise<unknown>[] = [];
  const early: Parameters<ProgressView["show"]>[0][] = [];
  const session = openSession(invocation, terminal, { signal: stop.signal, force: force.signal }, (event) => {
    if (streams) queue.push(terminal.out(`${JSON.stringify(event)}\n`));
    if (view) view.show(event);
    else early.push(event);
  });
  const ignore = terminal.onInterrupt((signal) => {
    // The third time even the record is not waited for: the next rollout finds this one open and takes over.
    if (force.signal.aborted) terminal.exit(exitCode("cancelled"));
    const second = stop.signal.aborted;
    (second ? force : stop).abort(new Error(`stopped by ${signal}`));
    const said = second
      ? "stopping now: nothing is waited for but the record"
      : "stopping: what is under way is finished, and nothing further is begun; once more to stop it too";
    if (view) view.note(said);
    else void terminal.err(`${said}\n`);
  });
  try {
    const loading = verb.load();
    if (!view && verb.options.some((option) => option.name === "events")) {
      view = await openProgress(terminal, paint);
      for (const event of early.splice(0)) view.show(event);
    }
    return await (await loading).run(invocation, session);
  } catch (error) {
    return refusal(error, { cancelled: stop.signal.aborted, debug: Boolean(terminal.env.LANDFALL_DEBUG) });
  } finally {
    ignore();
    view?.stop();
    await Promise.all(queue);
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
