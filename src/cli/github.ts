import { appendFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { annotations } from "../report/github.ts";
import type { Terminal } from "./terminal.ts";
import type { Reply } from "./verb.ts";

/**
 * Shows a reply where GitHub Actions looks for it: annotations on stderr, which it reads too, and the job's summary file.
 *
 * @param directory what paths of findings are relative to
 */
export async function tellGitHub(reply: Reply, terminal: Terminal, directory: string): Promise<void> {
  const workspace = terminal.env.GITHUB_WORKSPACE || directory;
  const findings = (reply.findings ?? []).map((finding) =>
    finding.file === undefined ? finding : { ...finding, file: relative(workspace, resolve(directory, finding.file)) },
  );
  const lines = reply.annotations ?? annotations(findings);
  if (lines.length > 0) await terminal.err(`${lines.join("\n")}\n`);
  const file = terminal.env.GITHUB_STEP_SUMMARY;
  if (!file || !reply.summary) return;
  try {
    await appendFile(file, reply.summary);
  } catch (error) {
    // The page is one more place to look at: what the command answered stands without it.
    const message = error instanceof Error ? error.message : String(error);
    await terminal.err(`⚠ the summary for the job's page could not be written: ${message}\n`);
  }
}
