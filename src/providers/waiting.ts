import type { Judged } from "./judged.ts";
import type { TargetEnd } from "./on-target.ts";

/** From here on nobody takes it for the time that a reading takes. Milliseconds. */
const silentFor = 3000;

/** However often the reason changes. Milliseconds. */
const apart = 5000;

/**
 * Tells of the claim that a proof waits for: after some seconds, and again when it is another or has another reason.
 *
 * @param upTo how long is waited in all, seconds.
 * @param now the time, milliseconds.
 * @returns what is to be called with each look that does not end the waiting.
 */
export function tellOfWait(
  tell: (message: string) => void,
  upTo: number,
  now: () => number = () => performance.now(),
): (look: { claims: readonly Judged[] } | Exclude<TargetEnd, { ended: "answer" }>) => void {
  let next = now() + silentFor;
  let told = "";
  return (look) => {
    const why = unmet(look);
    if (why === null || why === told || now() < next) return;
    told = why;
    next = now() + apart;
    tell(`${why}; waiting up to ${upTo} s`);
  };
}

/** Tells that all holds, and that it is still to hold after the settling time, where that takes more than a moment. */
export function tellOfSettling(tell: (message: string) => void, left: number): void {
  if (1000 * left >= silentFor) tell(`all of it holds; looked at once more in ${Math.ceil(left)} s`);
}

/** What does not hold in a look: the first claim with its reason, or why nothing could be read. */
function unmet(look: { claims: readonly Judged[] } | Exclude<TargetEnd, { ended: "answer" }>): string | null {
  if (!("claims" in look)) return look.ended === "cancelled" ? null : `not read: ${look.message}`;
  const open = look.claims.find(({ verdict }) => verdict !== "proven");
  return open === undefined ? null : `${open.claim}: ${open.reason}`;
}
