import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { randomBytes } from "node:crypto";
import { lines } from "../util/lines.ts";
import type { Envelope } from "./envelope.ts";
import type { ScriptOptions } from "./hosts.ts";
import type { RunEnd } from "./process.ts";

/** The session that a login begins with: a shell that runs one sealed script after another. */
export interface Channel {
  /** Whether it runs none now. */
  free(): boolean;
  /** Runs one; to be called only when it is free. Whether the script itself ended is for its envelope to say. */
  run(sealed: Envelope, options: ScriptOptions): Promise<RunEnd>;
}

/**
 * What the session runs on the host: for each line with a length and a mark, the text of that many bytes, in a shell of its
 * own, and then the mark on both streams. The text may be read ahead: nothing is sent before the one under way has ended.
 * It ends with its input, and so with this process. Free of newlines and of all that csh or fish would read in single quotes.
 */
export const channelCommand = [
  "while read -r n m",
  'do s=$(head -c "$n" 2>/dev/null || dd ibs=1 obs=65536 count="$n" 2>/dev/null)',
  'case $s in *"# whole") (eval "$s") </dev/null ;; *) exit 255 ;; esac',
  'printf "\\n%s over\\n" "$m"',
  'printf "\\n%s over\\n" "$m" >&2',
  "done",
].join("; ");

/** The channel over an ssh whose session runs `channelCommand`. */
export function channelOf(ssh: ChildProcessWithoutNullStreams): Channel {
  let busy = false;
  return {
    free: () => !busy,
    run: (sealed, options) => {
      busy = true;
      const mark = `landfall-${randomBytes(12).toString("hex")}`;
      return new Promise((resolve) => {
        const stdout = until(`${mark} over`, (line) => sealed.onStdoutLine(line) && options.onLine?.(line));
        const stderr = until(`${mark} over`, sealed.onStderrLine);
        const finish = (end: { ended: "exit"; status: number } | { ended: "timeout" | "cancelled" }) => {
          clearTimeout(limit);
          options.signal?.removeEventListener("abort", onAbort);
          ssh.stdout.off("data", onStdout);
          ssh.stderr.off("data", onStderr);
          ssh.off("close", onClose);
          // One that was given up may still be at it: nothing is sent after it.
          busy = !(stdout.over() && stderr.over());
          resolve({ ...end, stdout: stdout.text(), stderr: stderr.text() });
        };
        const onData = () => {
          if (stdout.over() && stderr.over()) finish({ ended: "exit", status: 0 });
        };
        const onStdout = (chunk: Buffer) => {
          stdout.push(chunk);
          onData();
        };
        const onStderr = (chunk: Buffer) => {
          stderr.push(chunk);
          onData();
        };
        const onClose = () => finish({ ended: "exit", status: 255 });
        const onAbort = () => finish({ ended: "cancelled" });
        const { signal, timeoutSeconds } = options;
        const limit =
          timeoutSeconds === undefined
            ? undefined
            : setTimeout(() => finish({ ended: "timeout" }), Math.min(timeoutSeconds * 1000, 2 ** 31 - 1));
        ssh.stdout.on("data", onStdout);
        ssh.stderr.on("data", onStderr);
        ssh.once("close", onClose);
        signal?.addEventListener("abort", onAbort, { once: true });
        ssh.stdin.write(`${sealed.input.length} ${mark}\n`);
        ssh.stdin.write(sealed.input);
      });
    },
  };
}

const keptBytes = 16 * 1024 * 1024;

/** Gathers a stream up to the line that closes it, and hands over the lines before. What exceeds 16 MiB is dropped from the front. */
function until(last: string, onLine: (line: string) => void) {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let over = false;
  const split = lines((line) => {
    if (line === last) over = true;
    else onLine(line);
  });
  return {
    push: (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      while (bytes > keptBytes && chunks.length > 1) bytes -= chunks.shift()?.length ?? 0;
      split.push(chunk);
    },
    over: () => over,
    text: () => Buffer.concat(chunks).toString("utf8").replace(`\n${last}\n`, ""),
  };
}
