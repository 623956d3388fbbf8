/** Targets in the order in which they are deployed, or a circle in which they wait for each other. */
export type Order = { order: string[]; cycle: null } | { order: null; cycle: string[] };

/**
 * Sorts targets so that each comes after those that it waits for; otherwise they stay in the order given.
 * Names in `after` that are no target are left to the rules.
 */
export function orderTargets(after: Readonly<Record<string, readonly string[]>>): Order {
  const order: string[] = [];
  const done = new Set<string>();
  const waiting: string[] = [];
  const names = new Set(Object.keys(after));
  const visit = (target: string): string[] | null => {
    if (done.has(target) || !names.has(target)) return null;
    const start = waiting.indexOf(target);
    if (start >= 0) return [...waiting.slice(start), target];
    waiting.push(target);
    for (const earlier of after[target] ?? []) {
      const cycle = visit(earlier);
      if (cycle) return cycle;
    }
    waiting.pop();
    done.add(target);
    order.push(target);
    return null;
  };
  for (const target of names) {
    const cycle = visit(target);
    if (cycle) return { order: null, cycle };
  }
  return { order, cycle: null };
}
