/** The outside of a command: where it writes, what it may assume of the reader, how it is told to stop. */
export interface Terminal {
  env: Readonly<Record<string, string | undefined>>;
  /** The working directory. */
  cwd: string;
  /** Writes to stdout; resolves when it is out. A reader that went away (`| head`) does not stop a deploy. */
  out(text: string): Promise<void>;
  err(text: string): Promise<void>;
  colour: { out: boolean; err: boolean };
  /** Whether progress may be redrawn on stderr. */
  interactive: boolean;
  stderr: NodeJS.WriteStream;
  /** Leaves at once. */
  exit(code: number): never;
  /** Calls back on Ctrl-C and on signals that ask to end. Returns how to stop listening. */
  onInterrupt(listener: (signal: NodeJS.Signals) => void): () => void;
}

/** The terminal of a process. */
export function terminal(process: NodeJS.Process, exit: Terminal["exit"]): Terminal {
  const { env, stdout, stderr } = process;
  const colours = (stream: NodeJS.WriteStream) =>
    !env.NO_COLOR && (Boolean(env.FORCE_COLOR) || (stream.isTTY === true && env.TERM !== "dumb"));
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  return {
    env,
    cwd: process.cwd(),
    out: writer(stdout),
    err: writer(stderr),
    colour: { out: colours(stdout), err: colours(stderr) },
    interactive: stderr.isTTY === true && env.TERM !== "dumb" && !env.CI,
    stderr,
    exit,
    onInterrupt: (listener) => {
      for (const signal of signals) process.on(signal, listener);
      return () => {
        for (const signal of signals) process.off(signal, listener);
      };
    },
  };
}

function writer(stream: NodeJS.WriteStream): (text: string) => Promise<void> {
  let gone = false;
  stream.on("error", () => {
    gone = true;
  });
  return async (text) => {
    if (gone) return;
    // The callback's error is the same as the event's: the reader is gone, and the command goes on.
    await new Promise<void>((resolve) => stream.write(text, () => resolve()));
  };
}
