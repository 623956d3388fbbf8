import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { run } from "../../src/io/process.ts";

const program = join(import.meta.dirname, "../../bin/landfall");

/** How a run of the built command line ended. */
export interface CliEnd {
  status: number;
  /** The answer. */
  stdout: string;
  /** Progress. */
  stderr: string;
}

/** Runs the built command line in a directory, as a person in CI would: no terminal, no colours. */
export async function landfall(
  directory: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<CliEnd> {
  const end = await run(program, args, { cwd: directory, env: { ...cleanEnvironment(), ...env }, timeoutSeconds: 180 });
  if (end.ended !== "exit") throw new Error(`landfall ${args.join(" ")} ended by ${end.ended}: ${end.stderr}`);
  return { status: end.status, stdout: end.stdout, stderr: end.stderr };
}

/** Starts the built command line, to be killed or stopped while it works. Its standard error is a pipe. */
export function startLandfall(
  directory: string,
  args: readonly string[],
  env: Record<string, string> = {},
): ChildProcess {
  return spawn(program, args, {
    cwd: directory,
    env: { ...cleanEnvironment(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Waits until a started command line prints a text on its standard error, or ends. */
export async function said(child: ChildProcess, text: string): Promise<void> {
  let heard = "";
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on("data", (chunk: Buffer) => {
      heard += chunk.toString();
      if (heard.includes(text)) resolve();
    });
    child.once("exit", () => reject(new Error(`it ended before it said ${JSON.stringify(text)}: ${heard}`)));
  });
}

/** The status or signal with which a started command line ends. */
export async function ended(child: ChildProcess): Promise<number | string | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode;
  return await new Promise((resolve) => child.once("exit", (status, signal) => resolve(status ?? signal)));
}

/** What a rollout's end must be, in every place where it is told. */
export interface Ending {
  status: number;
  outcome: string;
  /** The code of the first reason. */
  code?: string;
  /** What the last lines must say. */
  says?: RegExp;
}

/**
 * Runs a verb that makes a rollout and checks that the exit code, the last lines, the ledger, and on a second run `--json`
 * all tell the same end. Gives the JSON document of the second run.
 */
export async function expectEnding(
  directory: string,
  args: readonly string[],
  ending: Ending,
  env: Record<string, string> = {},
): Promise<Document> {
  const told = await landfall(directory, args, env);
  const context = `landfall ${args.join(" ")}\n${told.stderr}\n${told.stdout}`;
  assert.equal(told.status, ending.status, context);
  const lastLines = told.stdout.trim().split("\n").slice(-8).join("\n");
  assert.match(lastLines, new RegExp(ending.outcome, "i"), context);
  if (ending.code !== undefined && ending.outcome !== "proven")
    assert.match(told.stdout, new RegExp(ending.code), context);
  if (ending.says) assert.match(lastLines, ending.says, context);
  return await expectDocument(directory, args, ending, env);
}

/** The same with `--json` alone. */
export async function expectDocument(
  directory: string,
  args: readonly string[],
  ending: Ending,
  env: Record<string, string> = {},
): Promise<Document> {
  const answered = await landfall(directory, [...args, "--json"], env);
  const document = JSON.parse(answered.stdout) as Document;
  const context = JSON.stringify(document, null, 1);
  assert.equal(answered.status, ending.status, context);
  assert.equal(document.exitCode, ending.status, context);
  assert.equal(document.outcome, ending.status === 2 ? "invalid" : ending.outcome, context);
  if (ending.code !== undefined) assert.equal(document.rollout.reasons[0]?.code, ending.code, context);
  const recorded = await landfall(directory, ["history", "show", args[1] ?? "", document.rollout.id, "--json"], env);
  const record = JSON.parse(recorded.stdout) as { rollout: { outcome: { outcome: string; reasons: unknown } } };
  assert.equal(record.rollout.outcome.outcome, document.rollout.outcome, `the ledger tells another end: ${context}`);
  assert.deepEqual(record.rollout.outcome.reasons, document.rollout.reasons, "the ledger tells other reasons");
  return document;
}

/** The parts of a rollout's JSON document that tests look at. */
export interface Document {
  schemaVersion: number;
  command: string;
  outcome: string;
  exitCode: number;
  rollout: {
    id: string;
    environment: string;
    revision: { commit: string; components: Record<string, string> };
    steps: {
      name: string;
      target: string;
      result: string;
      reason?: string;
      error?: { code: string; message: string; output?: string[] };
    }[];
    evidence: {
      claim: string;
      target: string;
      verdict: string;
      reason: string;
      code?: string;
      readings: { identity: string | null; unit: string }[];
    }[];
    findings: { code: string; level: string; message: string; file?: string; line?: number; column?: number }[];
    outcome: string;
    reasons: { code?: string; message: string; target?: string }[];
  };
}

function cleanEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(GITHUB_|CI$|FORCE_COLOR|NODE_OPTIONS|NODE_TEST_CONTEXT)/.test(name),
  );
  return Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
