import type { StepError } from "../model/step.ts";
import { LastLines } from "../util/last-lines.ts";

/** Lines of a failed step that are kept for the report and the record. */
const kept = 20;

/** What a step printed, as the error of one that failed holds it. */
export type Printed = Pick<StepError, "output" | "outputLines" | "log">;

/**
 * Follows what a verb on the target prints: lines with `|` before them are the step's own.
 *
 * @param log where all of it can be read afterwards; null: nowhere, or more than is handed over.
 * @param take is given each line of the step as it comes, masked.
 */
export function followPrinted(
  log: string | null,
  mask: (text: string) => string,
  take: (text: string) => void,
): { onLine: (line: string) => void; printed: () => Printed } {
  const last = new LastLines(kept);
  return {
    onLine: (line) => {
      if (!line.startsWith("|")) return;
      const text = mask(line.slice(1));
      last.push(text);
      take(text);
    },
    printed: () => {
      if (last.count === 0) return {};
      return { output: last.lines, ...(log === null ? {} : { outputLines: last.count, log }) };
    },
  };
}
