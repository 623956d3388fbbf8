import type { Stage } from "../model/rollout.ts";
import { exitCode } from "./exit-codes.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Listens for Ctrl-C and signals that ask to end, until closed: first in order, then at once, then whatever happens.
 *
 * @param stage tells how far the rollout is; null where there is none, or before its first stage.
 */
export function openInterrupt(terminal: Terminal, tell: (text: string) => void, stage: () => Stage | null) {
  const stop = new AbortController();
  const force = new AbortController();
  const close = terminal.onInterrupt((signal) => {
    // The third time even the record is not waited for: the next rollout finds this one open and takes over.
    if (force.signal.aborted) terminal.exit(exitCode("cancelled"));
    const second = stop.signal.aborted;
    (second ? force : stop).abort(new Error(`stopped by ${signal}`));
    tell(second ? secondWords(stage()) : firstWords(stage()));
  });
  return { signal: stop.signal, force: force.signal, close };
}

/** Only a step goes to its end: what reads, builds or waits ends with the first signal. */
function firstWords(stage: Stage | null): string {
  if (stage === "execute")
    return "stopping: the step under way will be finished and nothing further begun; once more to stop waiting for it";
  if (stage === "prove") return "stopping: the proof is cut off, and what was not read stays unproven";
  return "stopping: nothing further will be begun";
}

function secondWords(stage: Stage | null): string {
  const step = stage === "execute" ? "the step under way goes on on the target, and " : "";
  return `stopping now: ${step}only the record is waited for`;
}
