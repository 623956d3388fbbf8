import { setTimeout } from "node:timers/promises";

/** Waits some seconds, or until the signal is aborted; then it returns early, without an error. */
export async function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await setTimeout(seconds * 1000, undefined, signal ? { signal } : {});
  } catch {
    // Aborted: the caller looks at its signal.
  }
}
