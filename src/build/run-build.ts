import { run } from "../io/process.ts";
import { userError } from "../model/errors.ts";
import { LastLines } from "../util/last-lines.ts";
import { buildEnvironment } from "./build-environment.ts";

/** A component's build command, compiled: the values that it names are variables, never a part of its text. */
export interface BuildCommand {
  run: string;
  /** Default `sh`: `sh -eu`; `bash` is `bash -eu -o pipefail`. */
  shell?: "sh" | "bash" | undefined;
  timeoutSeconds: number;
  variables: Readonly<Record<string, string>>;
}

/** Where the command runs, and where its tools may lay things aside. */
export interface BuildPlace {
  folder: string;
  temporary: string;
}

/**
 * Runs a build command to its end, in a process group of its own: what it left running ends with it when it is cancelled or
 * takes too long. Throws `build-failed` with its last lines, and what `signal` says when it was cancelled.
 *
 * @param onLine is given each line that the command prints, unmasked, as it comes.
 */
export async function runBuild(
  component: string,
  command: BuildCommand,
  place: BuildPlace,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const last = new LastLines(20);
  const follow = (line: string) => {
    onLine(line);
    last.push(line.slice(0, lineLength));
  };
  const [shell, ...options] = shells[command.shell ?? "sh"];
  // The user's umask would decide which files others may read, and so which of them a tool calls executable.
  const end = await run("/bin/sh", ["-c", 'umask 022 && exec "$@"', "sh", shell, ...options, "-c", command.run], {
    cwd: place.folder,
    env: buildEnvironment(place.temporary, command.variables),
    signal,
    timeoutSeconds: command.timeoutSeconds,
    onStdoutLine: follow,
    onStderrLine: follow,
    keepBytes: 0,
  });
  if (end.ended === "exit" && end.status === 0) return;
  signal.throwIfAborted();
  const said = last.count === 0 ? "; it printed nothing" : `; ${whichLines(last)}:\n${last.lines.join("\n")}`;
  throw userError("failed", "build-failed", `the build of ${component} ${how(end, command)}${said}`, { component });
}

function whichLines({ lines: { length }, count }: LastLines): string {
  return length === count ? "it printed" : `the last ${length} of the ${count} lines that it printed`;
}

const lineLength = 500;

const shells = {
  sh: ["/bin/sh", "-eu"],
  bash: ["bash", "-eu", "-o", "pipefail"],
} as const;

function how(end: Awaited<ReturnType<typeof run>>, { timeoutSeconds }: BuildCommand): string {
  switch (end.ended) {
    case "exit":
      return end.status === 127 ? "ended with status 127: a command is missing" : `ended with status ${end.status}`;
    case "signal":
      return `was killed by ${end.signal}`;
    case "timeout":
      return `did not end within ${timeoutSeconds} s and was killed`;
    case "cancelled":
      return "was cancelled";
    case "spawn-failed":
      return `could not be started: ${end.message}`;
  }
}
