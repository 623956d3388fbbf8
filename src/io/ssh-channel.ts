import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { randomBytes } from "node:crypto";
import { lines } from "../util/lines.ts";
import { timerMilliseconds } from "../util/pause.ts";
import { begunLine, channelMessage } from "./channel-message.ts";
import type { ScriptOptions } from "./hosts.ts";
import { holding, type Library } from "./library.ts";
import { type Payload, payloadOf } from "./payload.ts";

/** The session that a login begins with: a shell that runs one script after another. */
export interface Channel {
  /** Whether it can take another script now. */
  free(): boolean;
  /** Runs one; to be called only when it is free. */
  run(script: string, args: readonly string[], options: ChannelOptions): Promise<ChannelEnd>;
}

export type ChannelOptions = ScriptOptions & { library: Library };

/** `status` is the script's own; null when nobody saw it end. */
export interface ChannelEnd {
  ended: "exit" | "timeout" | "cancelled";
  status: number | null;
  stdout: string;
  stderr: string;
}

/** The channel over an ssh whose session runs `channelCommand`, and was greeted with a library. */
export function channelOf(ssh: ChildProcessWithoutNullStreams, library: Library): Channel {
  let busy = false;
  let held = library;
  return {
    free: () => !busy && ssh.stdin.writable,
    run: async (script, args, options) => {
      busy = true;
      const mark = `landfall-${randomBytes(12).toString("hex")}`;
      const payload = payloadOf(options.payload);
      const message = channelMessage(mark, script, args, payload, options, held);
      held = holding(options.library, held);
      const { end, free } = await exchange(ssh, mark, message, payload, options);
      // One that was given up may still be at it: nothing is sent after it.
      busy = !free;
      return end;
    },
  };
}

function exchange(
  ssh: ChildProcessWithoutNullStreams,
  mark: string,
  message: Buffer,
  payload: Payload,
  options: ScriptOptions,
): Promise<{ end: ChannelEnd; free: boolean }> {
  return new Promise((resolve) => {
    const stdout = until(mark, options.onLine, () => void payload.send(ssh.stdin, feeding.signal));
    const stderr = until(mark);
    const feeding = new AbortController();
    const finish = (ended: ChannelEnd["ended"]) => {
      clearTimeout(limit);
      feeding.abort();
      options.signal?.removeEventListener("abort", onAbort);
      ssh.stdout.off("data", onStdout);
      ssh.stderr.off("data", onStderr);
      ssh.off("close", onClose);
      const status = ended === "exit" && stderr.status() !== null ? stdout.status() : null;
      const end = { ended, status, stdout: stdout.text(), stderr: stderr.text() };
      resolve({ end, free: status !== null && stdout.over() });
    };
    const look = () => {
      if (stdout.status() === null || stderr.status() === null) return;
      // A script may end without reading its payload: what was not sent by then is not sent any more.
      if (stdout.over() || !payload.sent()) finish("exit");
    };
    const onStdout = (chunk: Buffer) => {
      stdout.push(chunk);
      look();
    };
    const onStderr = (chunk: Buffer) => {
      stderr.push(chunk);
      look();
    };
    const onClose = () => finish("exit");
    const onAbort = () => finish("cancelled");
    const { signal, timeoutSeconds } = options;
    const limit =
      timeoutSeconds === undefined ? undefined : setTimeout(() => finish("timeout"), timerMilliseconds(timeoutSeconds));
    ssh.stdout.on("data", onStdout);
    ssh.stderr.on("data", onStderr);
    ssh.once("close", onClose);
    signal?.addEventListener("abort", onAbort, { once: true });
    ssh.stdin.write(message);
  });
}

const keptBytes = 16 * 1024 * 1024;

/**
 * Gathers a stream up to the line with the script's status, and hands over the lines before it; on standard output another line
 * says that the session is ready for more. What exceeds 16 MiB is dropped from the front.
 */
function until(mark: string, onLine: (line: string) => void = () => {}, onBegun: () => void = () => {}) {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let status: number | null = null;
  let over = false;
  const begun = begunLine(mark);
  const split = lines((line) => {
    if (line === begun) onBegun();
    else if (line === `${mark} over`) over = true;
    else if (line.startsWith(`${mark} `)) status = Number(line.slice(mark.length + 1));
    else if (status === null) onLine(line);
  });
  return {
    push: (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      while (bytes > keptBytes && chunks.length > 1) bytes -= chunks.shift()?.length ?? 0;
      split.push(chunk);
    },
    status: () => status,
    over: () => over,
    text: () => {
      const all = Buffer.concat(chunks).toString("utf8");
      const text = all.startsWith(`${begun}\n`) ? all.slice(begun.length + 1) : all;
      const end = text.indexOf(`\n${mark} `);
      return end < 0 ? text : text.slice(0, end);
    },
  };
}
