import { randomBytes } from "node:crypto";
import { shellQuote } from "../util/shell.ts";

/** A script made ready to be sent, and what its shell has said so far about how it goes. */
export interface Envelope {
  /** For `/bin/sh -c`. Holds nothing but a length; free of newlines and of all that csh or fish would read in single quotes. */
  readonly command: string;
  /** What the shell reads first; the script's own input follows it. */
  readonly input: Buffer;
  /** To be called with each line of standard error. */
  readonly onStderrLine: (line: string) => void;
  /** Process id of the shell, once the script has begun. */
  pid(): number | null;
  /** The script's own exit status, once it has ended. */
  status(): number | null;
  /** Standard error without the shell's own lines. */
  clean(stderr: string): string;
}

/**
 * Wraps a script so that its beginning and its end are told apart from those of the connection. The shell writes a line
 * with a random mark to standard error when the script begins, and one with its exit status when it has ended; a script
 * without the second line did not end, whatever exit status arrives. A text that was cut off on its way is not run at all.
 */
export function envelope(script: string, args: readonly string[]): Envelope {
  const mark = `landfall-${randomBytes(12).toString("hex")}`;
  const input = Buffer.from(
    [
      `printf '%s %s\\n' ${mark} "$$" >&2`,
      ["set --", ...args.map(shellQuote)].join(" "),
      `(eval ${shellQuote(script)})`,
      `printf '\\n%s end %s\\n' ${mark} "$?" >&2`,
      "# whole",
    ].join("\n"),
  );
  let pid: number | null = null;
  let status: number | null = null;
  return {
    command: readExactly(input.length),
    input,
    onStderrLine: (line) => {
      if (!line.startsWith(mark)) return;
      const [, begun, ended] = line.split(" ");
      if (ended === undefined) pid = Number(begun);
      else status = Number(ended);
    },
    pid: () => pid,
    status: () => status,
    clean: (stderr) =>
      stderr.replace(new RegExp(`^${mark} \\d+\n`, "m"), "").replace(new RegExp(`\n${mark} end \\d+\n`), ""),
  };
}

/**
 * A command that reads that many bytes of its input and runs them. One byte at a time: `head -c` of busybox and BSD
 * reads ahead, and would take the beginning of the payload with it.
 */
function readExactly(bytes: number): string {
  return `s=$(dd ibs=1 obs=65536 count=${bytes} 2>/dev/null); case $s in *"# whole") eval "$s" ;; *) exit 255 ;; esac`;
}
