import { isMap, isScalar, isSeq, type Pair } from "yaml";

/**
 * Makes one of keys that stand twice in a section, so that what else is wrong with them can be told: sections are read as
 * one, of other values the last counts. Changes the node, whose depth must have been checked.
 */
export function joinTwins(node: unknown): void {
  if (isSeq(node)) for (const item of node.items) joinTwins(item);
  if (!isMap(node)) return;
  const kept = new Map<string | null, Pair>();
  for (const pair of node.items) {
    const first = kept.get(keyOf(pair));
    if (first === undefined) kept.set(keyOf(pair), pair);
    else if (isMap(first.value) && isMap(pair.value)) first.value.items.push(...pair.value.items);
    else first.value = pair.value;
  }
  node.items = [...kept.values()];
  for (const pair of node.items) joinTwins(pair.value);
}

/** A key as text; null for one that is not plain text. */
export function keyOf(pair: Pair): string | null {
  return isScalar(pair.key) && ["string", "number", "boolean"].includes(typeof pair.key.value)
    ? String(pair.key.value)
    : null;
}
