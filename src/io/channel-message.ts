import { shellQuote } from "../util/shell.ts";
import type { ScriptOptions } from "./hosts.ts";
import { type Library, librarySetup } from "./library.ts";
import type { Payload } from "./payload.ts";

/** Reads as many bytes as its input says first, and runs them. Free of newlines and of all that csh or fish would read in single quotes. */
export const channelCommand =
  'read -r n && s=$(head -c "$n" 2>/dev/null) && case $s in *"# whole") eval "$s" ;; *) exit 255 ;; esac';

/**
 * What is sent to such a shell first: it says `ready` and its process id, reads a library, and then runs messages. Each is a line with its
 * length in bytes and in lines, and a text, which may be read ahead: nothing is sent before the script under way has ended. A
 * text of few lines is read by the shell itself, without a process.
 */
export function channelGreeting(ready: string, library: Library): Buffer {
  const text = Buffer.from(`echo ${ready} $$\n${setupOf(library)}\n${loop}\n# whole`);
  return Buffer.concat([Buffer.from(`${text.length}\n`), text]);
}

/** The last library's text: mostly all logins begin with the same one, and it is long. */
let last: { library: Library; text: string } | null = null;

function setupOf(library: Library): string {
  const same = last?.library.parts.length === library.parts.length;
  if (last === null || !same || library.parts.some((part, index) => part !== last?.library.parts[index]))
    last = { library, text: librarySetup(library) };
  return last.text;
}

const loop = `
landfall_newline='
'
while read -r landfall_bytes landfall_lines; do
  landfall_text=
  if [ "$landfall_lines" = 0 ]; then
    landfall_text=$(head -c "$landfall_bytes")
  else
    while [ "$landfall_lines" -gt 0 ] && IFS= read -r landfall_line; do
      landfall_text=$landfall_text$landfall_line$landfall_newline landfall_lines=$((landfall_lines - 1))
    done
  fi
  case $landfall_text in *"# whole" | *"# whole$landfall_newline") eval "$landfall_text" ;; *) exit 255 ;; esac
done`;

/**
 * A script as the shell of a channel runs it, in a shell of its own: its status stands behind `mark` on both streams, and
 * `MARK over` on standard output when the next may come. Where nobody follows its lines, they come at once when it has ended.
 */
export function channelMessage(
  mark: string,
  script: string,
  args: readonly string[],
  payload: Payload,
  options: ScriptOptions & { library: Library },
  held: Library,
): Buffer {
  const text = [
    librarySetup(options.library, held),
    ["set --", ...args.map(shellQuote)].join(" "),
    ...(payload.bytes > 0
      ? fed(mark, script, payload.bytes)
      : options.onLine
        ? followed(mark, script, payload.text)
        : gathered(mark, script, payload.text)),
    "# whole\n",
  ].join("\n");
  const bytes = Buffer.from(text);
  const count = bytes.length > mostBytes ? 0 : text.split("\n").length - 1;
  return Buffer.concat([Buffer.from(`${bytes.length} ${count}\n`), bytes]);
}

/** The first line of a script that is given a payload: now it may come. */
export function begunLine(mark: string): string {
  return `${mark} begun`;
}

/** The shell reads byte by byte: from here on a process is cheaper. */
const mostBytes = 4096;

function gathered(mark: string, script: string, input: string): string[] {
  return [
    `landfall_answer=$(eval ${shellQuote(script)} ${redirection(mark, input)}`,
    ")",
    `landfall_status=$?`,
    `printf '\\n%s %s\\n' ${mark} "$landfall_status" >&2`,
    `printf '%s\\n\\n%s %s\\n%s over\\n' "$landfall_answer" ${mark} "$landfall_status" ${mark}`,
  ];
}

function followed(mark: string, script: string, input: string): string[] {
  return [
    `(eval ${shellQuote(script)}) ${redirection(mark, input)}`,
    `landfall_status=$?`,
    `printf '\\n%s %s\\n' ${mark} "$landfall_status" >&2`,
    `printf '\\n%s %s\\n%s over\\n' ${mark} "$landfall_status" ${mark}`,
  ];
}

/**
 * What is sent once the shell has said that it has the whole message: `head -c` of busybox and BSD reads ahead, and would take
 * the beginning of the payload with the message. What the script leaves of it is read all the same, or it would be taken
 * for the next message.
 */
function fed(mark: string, script: string, bytes: number): string[] {
  return [
    `echo ${begunLine(mark)}`,
    `head -c ${bytes} | {`,
    `(eval ${shellQuote(script)})`,
    `landfall_status=$?`,
    `printf '\\n%s %s\\n' ${mark} "$landfall_status" >&2`,
    `printf '\\n%s %s\\n' ${mark} "$landfall_status"`,
    "cat >/dev/null",
    "}",
    `printf '%s over\\n' ${mark}`,
  ];
}

function redirection(mark: string, input: string): string {
  if (input === "") return "</dev/null";
  return `<<'${mark}'\n${input}${mark}`;
}
