import { exitCode } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";

/** Listens for Ctrl-C and signals that ask to end, until closed: first in order, then at once, then whatever happens. */
export function openInterrupt(terminal: Terminal, tell: (text: string) => void) {
  const stop = new AbortController();
  const force = new AbortController();
  const close = terminal.onInterrupt((signal) => {
    // The third time even the record is not waited for: the next rollout finds this one open and takes over.
    if (force.signal.aborted) terminal.exit(exitCode("cancelled"));
    const second = stop.signal.aborted;
    (second ? force : stop).abort(new Error(`stopped by ${signal}`));
    tell(
      second
        ? "stopping now: the step under way goes on on the target, and only the record is waited for"
        : "stopping: the step under way will be finished and nothing further begun; once more to stop waiting for it",
    );
  });
  return { signal: stop.signal, force: force.signal, close };
}
