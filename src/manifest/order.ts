/** Targets in the order in which they are deployed, or a circle in which they wait for each other. */
export type Order = { order: string[]; cycle: null } | { order: null; cycle: string[] };

/** What each target waits for, by name. */
export type After = Readonly<Record<string, readonly string[]>>;

/**
 * Sorts targets so that each comes after those that it waits for; otherwise they stay in the order given.
 * Names in `after` that are no target are left to the rules.
 */
export function orderTargets(after: After): Order {
  const order = new Set<string>();
  for (const target of Object.keys(after)) {
    const cycle = placeTarget(target, after, order);
    if (cycle) return { order: null, cycle };
  }
  return { order: [...order], cycle: null };
}

/** Appends a target after all that it waits for. With a stack instead of recursion: a chain may be of any length. */
function placeTarget(first: string, after: After, order: Set<string>): string[] | null {
  if (order.has(first)) return null;
  const stack = [{ target: first, left: [...(after[first] ?? [])] }];
  const waiting = new Set([first]);
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const earlier = top.left.shift();
    if (earlier === undefined) {
      stack.pop();
      waiting.delete(top.target);
      order.add(top.target);
    } else if (waiting.has(earlier)) {
      const names = stack.map(({ target }) => target);
      return [...names.slice(names.indexOf(earlier)), earlier];
    } else if (!order.has(earlier) && Object.hasOwn(after, earlier)) {
      stack.push({ target: earlier, left: [...(after[earlier] ?? [])] });
      waiting.add(earlier);
    }
  }
  return null;
}

/** What a target waits for among those present: where one of them is not, what that one waits for. */
export function earlierTargets(target: string, after: After, present: ReadonlySet<string>): string[] {
  const reached = new Set<string>();
  const left = [...(after[target] ?? [])];
  for (let name = left.shift(); name !== undefined; name = left.shift()) {
    if (reached.has(name)) continue;
    reached.add(name);
    if (!present.has(name)) left.unshift(...(after[name] ?? []));
  }
  return [...reached].filter((name) => present.has(name));
}
