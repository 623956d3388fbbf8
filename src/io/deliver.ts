import { pause } from "../util/pause.ts";

/** Whether something arrived, as far as the receiver says. */
export type Delivery = { result: "sent" } | { result: "failed"; message: string };

/** What one try came to, and whether another could do better. */
export type Try =
  | { sent: true }
  | { sent: false; message: string; again: boolean /** Not before. Seconds. */; after?: number | undefined };

export interface DeliverOptions {
  /** Ends everything, the try under way included. */
  signal: AbortSignal;
  /** How long one try may take, from connecting to the last byte. Seconds. */
  timeoutSeconds?: number;
  /** How long to wait before each further try; there are as many as waits. Seconds. */
  waits?: readonly number[];
}

const longestTry = 10;
const defaultWaits = [1, 3, 9];
/** Nobody sits before a rollout that waits longer than this for the leave to tell of it. */
const longestWait = 30;

/**
 * Tries to deliver something, again after what may pass: no answer, an answer that says to come later.
 * A try that got no answer may have arrived all the same, so the receiver may see it twice.
 * Never throws: what did not arrive is a result.
 */
export async function deliver(
  attempt: (signal: AbortSignal) => Promise<Try>,
  options: DeliverOptions,
): Promise<Delivery> {
  const { signal, timeoutSeconds = longestTry, waits = defaultWaits } = options;
  for (let tries = 1; ; tries++) {
    if (signal.aborted) return { result: "failed", message: "cancelled before it was sent" };
    const ended = await within(attempt, timeoutSeconds, signal);
    if (ended.sent) return { result: "sent" };
    if (signal.aborted) return { result: "failed", message: "cancelled while it was sent" };
    const message = tries === 1 ? ended.message : `${ended.message} (tried ${tries} times)`;
    const wait = waits[tries - 1];
    if (!ended.again || wait === undefined) return { result: "failed", message };
    const { after = 0 } = ended;
    if (after > longestWait) return { result: "failed", message: `${message}; asked to come back in ${after} s` };
    await pause(Math.max(wait, after), signal);
  }
}

/** One try within its limit; whatever it throws is a failure of this try. */
async function within(
  attempt: (signal: AbortSignal) => Promise<Try>,
  timeoutSeconds: number,
  signal: AbortSignal,
): Promise<Try> {
  const limit = AbortSignal.timeout(timeoutSeconds * 1000);
  try {
    return await attempt(AbortSignal.any([signal, limit]));
  } catch (error) {
    const message = limit.aborted ? `no answer within ${timeoutSeconds} s` : reason(error);
    return { sent: false, message, again: true };
  }
}

/** Several addresses that were tried in vain come as one error without a message of its own. */
function reason(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(reason))].join("; ");
  return error instanceof Error ? error.message : String(error);
}
