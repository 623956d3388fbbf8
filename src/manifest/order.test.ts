import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { earlierTargets, orderTargets } from "./order.ts";

test("targets that wait for each other are named in their circle", () => {
  assert.deepEqual(orderTargets({ a: ["b"], b: ["c"], c: ["b"] }).cycle, ["b", "c", "b"]);
  assert.deepEqual(orderTargets({ a: ["a"] }).cycle, ["a", "a"]);
});

test("without a circle every target comes once, after all that it waits for", () => {
  const names = [..."abcdefgh"];
  // Each target waits only for some of those before it in a shuffled list, so there is never a circle.
  const graph = fc
    .tuple(
      fc.shuffledSubarray(names, { minLength: 1 }),
      fc.array(fc.array(fc.nat(7), { maxLength: 4 }), { minLength: 8, maxLength: 8 }),
    )
    .map(([order, waits]) => {
      const after = order.map(
        (name, i) => [name, (waits[i] ?? []).filter((j) => j < i).map((j) => order[j] ?? "")] as const,
      );
      return Object.fromEntries([...after].sort(([a], [b]) => a.localeCompare(b)));
    });
  fc.assert(
    fc.property(graph, (after) => {
      const { order } = orderTargets(after);
      assert.deepEqual([...(order ?? [])].sort(), Object.keys(after).sort());
      for (const [target, earlier] of Object.entries(after))
        for (const one of earlier) assert.ok((order ?? []).indexOf(one) < (order ?? []).indexOf(target));
    }),
  );
});

test("targets that wait for nothing stay in the order given", () => {
  assert.deepEqual(orderTargets({ c: [], a: [], b: [] }).order, ["c", "a", "b"]);
});

test("a chain of any length is sorted, without recursion", () => {
  const after = Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`t${i}`, [`t${i + 1}`]]));
  assert.equal(orderTargets(after).order?.[0], "t29999");
});

test("what a target waits for is found through targets that take no part, each looked at once", () => {
  // Forty layers of two that wait for both of the layer before: 2^40 ways, eighty targets.
  const layers = Array.from({ length: 40 }, (_, i) => [`a${i}`, `b${i}`]);
  const after = Object.fromEntries(layers.flatMap((pair, i) => pair.map((name) => [name, layers[i - 1] ?? []])));
  assert.deepEqual(earlierTargets("a39", after, new Set(["a39", "a0"])), ["a0"]);
});
