import { randomBytes } from "node:crypto";
import { shellQuote } from "../util/shell.ts";
import type { ScriptEnd, ScriptOptions } from "./hosts.ts";
import { type Library, withLibrary } from "./library.ts";
import type { RunEnd, RunOptions } from "./process.ts";

/** A script made ready to be sent, and what its shell has said so far about how it goes. */
export interface Envelope {
  /** For `/bin/sh -c`. Holds nothing but a length; free of newlines and of all that csh or fish would read in single quotes. */
  readonly command: string;
  /** What the shell reads first; the script's own input follows it. */
  readonly input: Buffer;
  /** To be called with each line of standard output. True when it is the script's own. */
  readonly onStdoutLine: (line: string) => boolean;
  /** To be called with each line of standard error. */
  readonly onStderrLine: (line: string) => void;
  /** Process id of the shell, once the script has begun. */
  pid(): number | null;
  /** The script's own exit status, once it has ended. */
  status(): number | null;
  /** An output without the marks, and without what a login shell's start-up files printed before the script began. */
  clean(output: string): string;
}

/**
 * Wraps a script so that its beginning and its end are told apart from those of the connection. The shell writes a line
 * with a random mark when the script begins, and one with its exit status to standard error when it has ended; a script
 * without the second line did not end, whatever exit status arrives. A text that was cut off on its way is not run at all.
 */
export function envelope(script: string, args: readonly string[], library?: Library): Envelope {
  const mark = `landfall-${randomBytes(12).toString("hex")}`;
  const input = Buffer.from(
    [
      `printf '\\n%s %s\\n' ${mark} "$$"`,
      `printf '\\n%s %s\\n' ${mark} "$$" >&2`,
      ["set --", ...args.map(shellQuote)].join(" "),
      `(eval ${shellQuote(withLibrary(script, library))})`,
      `printf '\\n%s end %s\\n' ${mark} "$?" >&2`,
      "# whole",
    ].join("\n"),
  );
  const begin = new RegExp(`^[^]*?\n${mark} \\d+\n`);
  const end = new RegExp(`\n${mark} end \\d+\n`);
  let pid: number | null = null;
  let begun = false;
  let status: number | null = null;
  return {
    command: readExactly(input.length),
    input,
    onStdoutLine: (line) => {
      if (begun) return true;
      begun = line.startsWith(mark);
      return false;
    },
    onStderrLine: (line) => {
      if (!line.startsWith(mark)) return;
      const [, first, ended] = line.split(" ");
      if (ended === undefined) pid = Number(first);
      else status = Number(ended);
    },
    pid: () => pid,
    status: () => status,
    clean: (output) => output.replace(begin, "").replace(end, ""),
  };
}

/**
 * A command that reads that many bytes of its input and runs them. One byte at a time: `head -c` of busybox and BSD
 * reads ahead, and would take the beginning of the payload with it.
 */
function readExactly(bytes: number): string {
  return `s=$(dd ibs=1 obs=65536 count=${bytes} 2>/dev/null); case $s in *"# whole") eval "$s" ;; *) exit 255 ;; esac`;
}

/** What a run is given so that a sealed script and its payload are sent, and its output is followed. */
export function sending(sealed: Envelope, options: ScriptOptions): RunOptions {
  const { payload, onLine } = options;
  const text = payload && "text" in payload ? Buffer.from(payload.text) : Buffer.alloc(0);
  return {
    input: Buffer.concat([sealed.input, text]),
    inputFile: payload && "file" in payload ? payload.file : undefined,
    onStdoutLine: (line) => {
      if (sealed.onStdoutLine(line)) onLine?.(line);
    },
    onStderrLine: sealed.onStderrLine,
  };
}

/** The end of a script that is known to have ended; null when only the process that carried it did. */
export function scriptEnd(sealed: Envelope, end: RunEnd): ScriptEnd | null {
  const status = sealed.status();
  if (status === null) return null;
  return { ended: "exit", status, stdout: sealed.clean(end.stdout), stderr: sealed.clean(end.stderr) };
}
