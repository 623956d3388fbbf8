import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { answer } from "./answer.ts";
import { understand } from "./parse.ts";
import type { Terminal } from "./terminal.ts";

const directory = mkdtempSync(join(tmpdir(), "landfall-answer-"));
after(() => rmSync(directory, { recursive: true }));

/** Answers a deploy that ended proven, as a job of GitHub Actions with this summary file. */
async function answered(summaryFile: string) {
  const { invocation } = await understand(["deploy", "uat"]);
  const [out, err]: string[][] = [[], []];
  const terminal: Terminal = {
    env: { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: summaryFile },
    cwd: directory,
    out: async (text) => void out?.push(text),
    err: async (text) => void err?.push(text),
    unwritten: () => null,
    colour: () => false,
    ask: async () => null,
    interactive: () => false,
    stderr: () => process.stderr,
    exit: () => assert.fail("left"),
    onInterrupt: () => () => {},
  };
  const code = await answer(
    { ending: "proven", body: {}, text: () => "PROVEN", summary: "# s\n" },
    invocation,
    terminal,
  );
  return { code, out, err };
}

describe("the summary for a job's page", () => {
  it("is appended to the file that is named", async () => {
    const file = join(directory, "summary.md");
    await answered(file);
    assert.equal(readFileSync(file, "utf8"), "# s\n");
  });

  it("that cannot be written is told, and changes no exit code", async () => {
    const { code, out, err } = await answered(join(directory, "nowhere", "summary.md"));
    assert.deepEqual([code, out], [0, ["PROVEN\n"]]);
    assert.match(err?.join("") ?? "", /summary for the job's page could not be written: ENOENT/);
  });
});
