import { spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { lines } from "../util/lines.ts";

export interface RunOptions {
  cwd?: string | undefined;
  env?: NodeJS.ProcessEnv | undefined;
  /** What the command reads: text or bytes, then optionally a file. */
  input?: string | Buffer | undefined;
  inputFile?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Seconds after which the command and all it started are killed. */
  timeoutSeconds?: number | undefined;
  onStdoutLine?: ((line: string) => void) | undefined;
  onStderrLine?: ((line: string) => void) | undefined;
  /** How much of each stream is kept; the rest is dropped from the front. Bytes. */
  keepBytes?: number | undefined;
}

/** How a command ended. `spawn-failed`: it could not be started at all. */
export type RunEnd =
  | { ended: "exit"; status: number; stdout: string; stderr: string }
  | { ended: "signal"; signal: string; stdout: string; stderr: string }
  | { ended: "timeout" | "cancelled"; stdout: string; stderr: string }
  | { ended: "spawn-failed"; message: string; stdout: string; stderr: string };

const defaultKeep = 16 * 1024 * 1024;

/**
 * Runs a command with arguments (never through a shell) in a process group of its own, so that ending it ends all that it started.
 * Never throws for what the command does: that is the result.
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunEnd> {
  if (options.signal?.aborted) return { ended: "cancelled", stdout: "", stderr: "" };
  return await new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    let stopped: "timeout" | "cancelled" | null = null;
    const kill = (signal: NodeJS.Signals) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, signal);
      } catch {
        // The group is gone already.
      }
    };
    let grace: NodeJS.Timeout | undefined;
    const stop = (why: "timeout" | "cancelled") => {
      if (stopped) return;
      stopped = why;
      kill("SIGTERM");
      grace = setTimeout(() => kill("SIGKILL"), 3000);
    };
    const onAbort = () => stop("cancelled");
    options.signal?.addEventListener("abort", onAbort, { once: true });
    const limit =
      options.timeoutSeconds === undefined
        ? undefined
        : setTimeout(() => stop("timeout"), options.timeoutSeconds * 1000);
    const keep = options.keepBytes ?? defaultKeep;
    const stdout = collect(child.stdout, keep, options.onStdoutLine);
    const stderr = collect(child.stderr, keep, options.onStderrLine);
    const finish = (end: (texts: { stdout: string; stderr: string }) => RunEnd) => {
      clearTimeout(limit);
      clearTimeout(grace);
      options.signal?.removeEventListener("abort", onAbort);
      resolve(end({ stdout: stdout(), stderr: stderr() }));
    };
    child.on("error", (error) => {
      if (child.pid === undefined) finish((texts) => ({ ended: "spawn-failed", message: error.message, ...texts }));
    });
    child.on("close", (status, signal) => {
      if (stopped) kill("SIGKILL");
      finish((texts) => {
        if (stopped) return { ended: stopped, ...texts };
        if (signal !== null) return { ended: "signal", signal, ...texts };
        return { ended: "exit", status: status ?? -1, ...texts };
      });
    });
    // A command may end without reading its input; its exit status tells, not the broken pipe.
    child.stdin.on("error", () => {});
    void feed(child.stdin, options);
  });
}

async function feed(stdin: NodeJS.WritableStream, options: RunOptions): Promise<void> {
  try {
    if (options.input !== undefined) stdin.write(options.input);
    if (options.inputFile === undefined) stdin.end();
    else await pipeline(createReadStream(options.inputFile), stdin);
  } catch {
    stdin.end();
  }
}

/** Gathers a stream's last `keep` bytes and hands over its lines as they come. */
function collect(
  stream: NodeJS.ReadableStream,
  keep: number,
  onLine: ((line: string) => void) | undefined,
): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const split = onLine ? lines(onLine) : null;
  stream.on("data", (chunk: Buffer) => {
    split?.push(chunk);
    chunks.push(chunk);
    bytes += chunk.length;
    while (bytes > keep && chunks.length > 1) bytes -= chunks.shift()?.length ?? 0;
  });
  stream.on("end", () => split?.end());
  return () => Buffer.concat(chunks).toString("utf8");
}
