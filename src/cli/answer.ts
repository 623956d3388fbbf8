import { resolve } from "node:path";
import { painter } from "../report/paint.ts";
import { exitCode } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";
import type { Invocation, Reply } from "./verb.ts";

/** Writes a reply: a document, or text; annotations and the job's summary under GitHub Actions. */
export async function answer(reply: Reply, invocation: Invocation, terminal: Terminal): Promise<number> {
  const code = exitCode(reply.ending);
  const streams = invocation.on("events");
  if (streams || invocation.on("json")) {
    const { jsonDocument } = await import("../report/json.ts");
    const end = { outcome: reply.ending, exitCode: code };
    await terminal.out(`${jsonDocument(invocation.verb?.name ?? "", end, reply.body, streams)}\n`);
  } else {
    const stream = reply.refused ? "err" : "out";
    const text = reply.text(painter(!invocation.on("no-color") && terminal.colour(stream)));
    if (text !== "") await terminal[stream](`${text}\n`);
  }
  if (terminal.env.GITHUB_ACTIONS === "true") {
    const { tellGitHub } = await import("./github.ts");
    await tellGitHub(reply, terminal, resolve(terminal.cwd, invocation.text("directory") ?? "."));
  }
  return code;
}
