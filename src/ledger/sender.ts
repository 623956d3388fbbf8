import type { SharedPlace } from "./place.ts";
import type { Sender } from "./recorder.ts";
import { giveRecord } from "./synchronise.ts";

/**
 * Sends an environment's record to its remote in the background, one push at a time. What is recorded while a push is
 * under way goes with the next one; `everySeconds` after the last push at the latest. `onEnd` hears how each push ended.
 */
export function openSender(place: SharedPlace, everySeconds: number, onEnd: (error: unknown) => void): Sender {
  let underWay: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let failedAt = Number.NEGATIVE_INFINITY;

  const send = async () => {
    if (timer) clearTimeout(timer);
    timer = null;
    try {
      await giveRecord(place);
      onEnd(null);
    } catch (error) {
      failedAt = performance.now();
      onEnd(error);
      throw error;
    }
  };
  const start = (): Promise<void> => {
    underWay = send().finally(() => {
      underWay = null;
    });
    return underWay;
  };
  /** One that is under way may have begun before the newest event: only one that begins after it counts. */
  const now = (): Promise<void> => {
    if (!underWay) return start();
    next ??= underWay
      .catch(() => {})
      .then(() => {
        next = null;
        return start();
      });
    return next;
  };
  return {
    now,
    soon: () => {
      if (timer || next) return;
      timer = setTimeout(() => {
        timer = null;
        // Kept here and sent again with what follows.
        now().catch(() => {});
      }, everySeconds * 1000);
      timer.unref();
    },
    close: async () => {
      if (timer) clearTimeout(timer);
      await (next ?? underWay ?? Promise.resolve()).catch(() => {});
      // A remote that was silent a moment ago would only make the end wait once more.
      if (performance.now() - failedAt > pauseMilliseconds) await now().catch(() => {});
    },
  };
}

const pauseMilliseconds = 5000;
