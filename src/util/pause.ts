import { setTimeout } from "node:timers/promises";

/** Waits some seconds, or until the signal is aborted; then it returns early, without an error. */
export async function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await setTimeout(timerMilliseconds(seconds), undefined, signal ? { signal } : {});
  } catch {
    // Aborted: the caller looks at its signal.
  }
}

/** Seconds as a timer takes them. Node's count to 25 days, and what is longer would be over at once. */
export function timerMilliseconds(seconds: number): number {
  return Math.min(seconds * 1000, 2 ** 31 - 1);
}
