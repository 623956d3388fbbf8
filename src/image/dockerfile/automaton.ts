/** The parts of a pattern that take more than one character, as regular expressions; every other part takes one. */
export const star = "[^/]*";
export const anything = ".*";
export const folders = "(?:.*/)?";

/** Up to so many wildcards a regular expression that goes back and tries again is fast enough. */
const fewWildcards = 3;

/**
 * Whether a text is what the parts come to, one after another. However many wildcards there are, the time grows with the
 * text and the parts, not with the ways in which one could be laid on the other. Throws for a part that can't be read.
 */
export function sequence(parts: readonly string[]): (text: string) => boolean {
  const wildcards = parts.filter((part) => part === star || part === anything || part === folders);
  if (wildcards.length <= fewWildcards) {
    const whole = new RegExp(`^${parts.join("")}$`, "su");
    return (text) => whole.test(text);
  }
  const states = parts.flatMap(statesOf);
  return (text) => {
    let reached = withSkipped(states, [0]);
    for (const character of text) {
      const next: number[] = [];
      for (const at of reached) {
        const state = states[at];
        if (!state?.takes(character)) continue;
        if (state.stays) next.push(at);
        if (state.leavesBehind(character)) next.push(at + 1);
      }
      reached = withSkipped(states, next);
    }
    return reached.has(states.length);
  };
}

interface State {
  takes: (character: string) => boolean;
  /** More characters may follow in the same state. */
  stays: boolean;
  /** Whether the next state comes after this character. */
  leavesBehind: (character: string) => boolean;
  /** How many states on one is without any character. */
  skips: number;
}

function statesOf(part: string): State[] {
  const always = () => true;
  const never = () => false;
  const slash = (character: string) => character === "/";
  if (part === star) return [{ takes: (character) => character !== "/", stays: true, leavesBehind: never, skips: 1 }];
  if (part === anything) return [{ takes: always, stays: true, leavesBehind: never, skips: 1 }];
  // Nothing at all, or something that ends with a slash.
  if (part === folders)
    return [
      { takes: never, stays: false, leavesBehind: never, skips: 2 },
      { takes: always, stays: true, leavesBehind: slash, skips: 0 },
    ];
  if (/^(?:\\[bB]|\^|\$)$/.test(part)) throw new Error("it holds a place between characters among many wildcards");
  const one = new RegExp(`^${part}$`, "su");
  return [{ takes: (character) => one.test(character), stays: false, leavesBehind: always, skips: 0 }];
}

function withSkipped(states: readonly State[], from: readonly number[]): Set<number> {
  const all = new Set(from);
  // What is added while a set is gone through is gone through too.
  for (const at of all) {
    const state = states[at];
    if (state && state.skips > 0) all.add(at + state.skips);
    if (state?.skips === 2) all.add(at + 1);
  }
  return all;
}
