import { spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { lines } from "../util/lines.ts";
import { timerMilliseconds } from "../util/pause.ts";

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
export type RunEnd = EndWith<string>;

/** The same with the bytes as they came. */
export type RunBytesEnd = EndWith<Buffer>;

type EndWith<Kept> = { stdout: Kept; stderr: Kept } & (
  | { ended: "exit"; status: number }
  | { ended: "signal"; signal: string }
  | { ended: "timeout" | "cancelled" }
  | { ended: "spawn-failed"; message: string }
);

const defaultKeep = 16 * 1024 * 1024;

/**
 * Runs a command with arguments (never through a shell) in a process group of its own, so that ending it ends all that it started.
 * Never throws for what the command does: that is the result.
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunEnd> {
  const end = await runBytes(command, args, options);
  return { ...end, stdout: end.stdout.toString("utf8"), stderr: end.stderr.toString("utf8") };
}

/** Like `run`, for output that is not text. */
export async function runBytes(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunBytesEnd> {
  if (options.signal?.aborted) return { ended: "cancelled", stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  return await new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    let stopped: "timeout" | "cancelled" | null = null;
    /** Signals the whole group. False when nothing of it is left. */
    const kill = (signal: NodeJS.Signals | 0) => {
      try {
        return child.pid !== undefined && process.kill(-child.pid, signal);
      } catch {
        return false;
      }
    };
    // Its output may be held open by what is not in its group: a daemon, or ssh's master while the remote end still runs.
    // What was killed and is reaped by nobody (where this is the first process of a container) never leaves its group.
    let killed = false;
    const letGo = () => {
      if (!killed && kill(0)) return void setTimeout(letGo, 50);
      child.stdout.destroy();
      child.stderr.destroy();
    };
    let grace: NodeJS.Timeout | undefined;
    const stop = (why: "timeout" | "cancelled") => {
      if (stopped) return;
      stopped = why;
      kill("SIGTERM");
      grace = setTimeout(() => {
        kill("SIGKILL");
        killed = true;
      }, 3000);
      if (child.exitCode !== null || child.signalCode !== null) letGo();
    };
    const onAbort = () => stop("cancelled");
    options.signal?.addEventListener("abort", onAbort, { once: true });
    const limit =
      options.timeoutSeconds === undefined
        ? undefined
        : setTimeout(() => stop("timeout"), timerMilliseconds(options.timeoutSeconds));
    const keep = options.keepBytes ?? defaultKeep;
    const stdout = collect(child.stdout, keep, options.onStdoutLine);
    const stderr = collect(child.stderr, keep, options.onStderrLine);
    const finish = (end: (kept: { stdout: Buffer; stderr: Buffer }) => RunBytesEnd) => {
      clearTimeout(limit);
      clearTimeout(grace);
      options.signal?.removeEventListener("abort", onAbort);
      resolve(end({ stdout: stdout(), stderr: stderr() }));
    };
    child.on("error", (error) => {
      if (child.pid === undefined) finish((kept) => ({ ended: "spawn-failed", message: error.message, ...kept }));
    });
    child.on("exit", () => {
      if (stopped) letGo();
    });
    child.on("close", (status, signal) => {
      if (stopped) kill("SIGKILL");
      killed = true;
      finish((kept) => {
        if (stopped) return { ended: stopped, ...kept };
        if (signal !== null) return { ended: "signal", signal, ...kept };
        return { ended: "exit", status: status ?? -1, ...kept };
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
): () => Buffer {
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
  return () => Buffer.concat(chunks);
}
