import { appendFile } from "node:fs/promises";
import { annotations } from "../report/github.ts";
import type { Terminal } from "./terminal.ts";
import type { Reply } from "./verb.ts";

/** Shows a reply where GitHub Actions looks for it: annotations on stderr, which it reads too, and the job's summary file. */
export async function tellGitHub(reply: Reply, terminal: Terminal): Promise<void> {
  const lines = reply.annotations ?? annotations(reply.findings ?? []);
  if (lines.length > 0) await terminal.err(`${lines.join("\n")}\n`);
  const file = terminal.env.GITHUB_STEP_SUMMARY;
  if (file && reply.summary) await appendFile(file, reply.summary);
}
