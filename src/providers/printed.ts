import type { StepError } from "../model/step.ts";

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
  const last: string[] = [];
  let count = 0;
  return {
    onLine: (line) => {
      if (!line.startsWith("|")) return;
      const text = mask(line.slice(1));
      count += 1;
      last.push(text);
      if (last.length > kept) last.shift();
      take(text);
    },
    printed: () => {
      if (count === 0) return {};
      return { output: last, ...(log === null ? {} : { outputLines: count, log }) };
    },
  };
}
