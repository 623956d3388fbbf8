/** The outside of a command: where it writes, what it may assume of the reader, how it is told to stop. */
export interface Terminal {
  env: Readonly<Record<string, string | undefined>>;
  /** The working directory. */
  cwd: string;
  /** Writes to stdout; resolves when it is out. A reader that went away (`| head`) does not stop a deploy. */
  out(text: string): Promise<void>;
  err(text: string): Promise<void>;
  /** Why stdout does not hold all that was written to it, where somebody still reads it; null: it does. */
  unwritten(): Error | null;
  /** Whether colours are wanted there. */
  colour(stream: "out" | "err"): boolean;
  /** Asks the person at the terminal, and gives the answer; null where nobody is there, or the input ended. */
  ask(question: string, signal: AbortSignal): Promise<string | null>;
  /** Whether progress may be redrawn on stderr. */
  interactive(): boolean;
  /** For what draws by itself. A terminal that went away ends nothing here either. */
  stderr(): NodeJS.WriteStream;
  /** Leaves at once. */
  exit(code: number): never;
  /** Calls back on Ctrl-C and on signals that ask to end. Returns how to stop listening. */
  onInterrupt(listener: (signal: NodeJS.Signals) => void): () => void;
}

/** The terminal of a process. Streams are touched when they are used: opening one takes longer than parsing the command line. */
export function terminal(process: NodeJS.Process, exit: Terminal["exit"]): Terminal {
  const { env } = process;
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const streams = { out: () => process.stdout, err: () => process.stderr };
  const isScreen = (stream: NodeJS.WriteStream) => stream.isTTY === true && stream.columns > 0 && env.TERM !== "dumb";
  const [out, err] = [writer(streams.out), writer(streams.err)];
  return {
    env,
    cwd: workingDirectory(process),
    out: out.write,
    err: err.write,
    unwritten: out.unwritten,
    colour: (stream) => {
      if (env.NO_COLOR || env.FORCE_COLOR === "0" || env.FORCE_COLOR === "false") return false;
      return Boolean(env.FORCE_COLOR) || isScreen(streams[stream]());
    },
    ask: async (question, signal) => {
      if (process.stdin.isTTY !== true || !isScreen(process.stderr)) return null;
      const { createInterface } = await import("node:readline/promises");
      // Not a terminal to it: that would keep Ctrl-C from becoming a signal.
      const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
      try {
        const ended = new Promise<null>((resolve) => lines.once("close", () => resolve(null)));
        return await Promise.race([lines.question(question, { signal }), ended]);
      } finally {
        lines.close();
      }
    },
    interactive: () => !env.CI && isScreen(process.stderr),
    stderr: err.stream,
    exit,
    onInterrupt: (listener) => {
      for (const signal of signals) process.on(signal, listener);
      return () => {
        for (const signal of signals) process.off(signal, listener);
      };
    },
  };
}

/** The name that the shell has for it, where it was removed: the verb then says that there is no such directory. */
function workingDirectory(process: NodeJS.Process): string {
  try {
    return process.cwd();
  } catch {
    return process.env.PWD || "/";
  }
}

function writer(open: () => NodeJS.WriteStream) {
  let opened: NodeJS.WriteStream | null = null;
  let stopped: NodeJS.ErrnoException | null = null;
  const stop = (error: Error | null | undefined) => {
    stopped ??= error ?? null;
  };
  const stream = () => {
    opened ??= open().on("error", stop);
    return opened;
  };
  return {
    stream,
    write: async (text: string) => {
      const to = stream();
      if (stopped) return;
      await new Promise<void>((resolve) =>
        to.write(text, (error) => {
          stop(error);
          resolve();
        }),
      );
    },
    // A reader that went away wants no more; a full disk lost what somebody wants.
    unwritten: (): Error | null => (stopped?.code === "EPIPE" ? null : stopped),
  };
}
