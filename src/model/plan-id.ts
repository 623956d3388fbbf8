import { createHash } from "node:crypto";
import { z } from "zod";
import { placeName } from "./place.ts";
import type { Plan, PlannedTarget } from "./plan.ts";
import { shortCommit } from "./revision.ts";

/**
 * What a plan would do, in parts that can be compared one by one, and the digest of all of them: what an approval is bound
 * to. What changes by itself (times, what surveys say) has no part in it.
 */
export const PlanId = z.object({
  hash: z.string().describe("sha256 over the parts, hex"),
  parts: z
    .record(z.string(), z.string())
    .describe(
      "what the plan consists of: a name for each part, and its value or digest; empty where it is not needed any more",
    ),
});
export type PlanId = z.infer<typeof PlanId>;

/**
 * The canonical digest of a plan: application, environment, manifest, commit and component digests, the targets in their
 * order with their steps (action and input) or that they are left alone.
 *
 * @param manifestDigest of the manifest that the plan was made from: it says where the targets are and what proves them
 */
export function planId(plan: Plan, manifestDigest: string): PlanId {
  const { application, environment, revision, targets } = plan;
  const parts = Object.fromEntries([
    ["application", application],
    ["environment", environment],
    ["manifest", manifestDigest],
    ["commit", revision.commit],
    ...Object.entries(revision.components).map(([name, digest]) => [`source of ${name}`, digest]),
    ["order", targets.map((target) => [placeName(target), ...target.after].join(" after ")).join(", ")],
    ...targets.flatMap(targetParts),
  ]);
  return { hash: digestOf(parts), parts };
}

/** How people write a plan's hash: its first twelve characters. */
export function shortHash(hash: string): string {
  return hash.slice(0, 12);
}

/** What differs between two plans, in words, the most telling first. */
export function planDifferences(before: PlanId["parts"], after: PlanId["parts"]): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const differing = names.filter((name) => before[name] !== after[name]);
  // A step that came or went is told by its target's list of steps.
  const told = differing.filter((name) => !name.startsWith("step ") || (name in before && name in after));
  return told.map((name) => inWords(name, before[name], after[name]));
}

function targetParts(target: PlannedTarget): [string, string][] {
  const place = placeName(target);
  const steps = target.steps.map(({ name }) => name).join(", ");
  return [
    [place, steps === "" ? "left alone" : steps],
    ...target.steps.map(({ name, action, input, once, takesOver }): [string, string] => [
      `step ${name} of ${place}`,
      digestOf({ action, input, once, takesOver }),
    ]),
  ];
}

function inWords(name: string, before: string | undefined, after: string | undefined): string {
  if (name === "commit") return `commit (${shortCommit(before ?? "")} → ${shortCommit(after ?? "")})`;
  if (name === "order") return "the order of targets";
  if (name === "manifest") return "the manifest";
  if (/^(step|source) /.test(name)) return name;
  return `${name} (${before ?? "not there"} → ${after ?? "not there"})`;
}

function digestOf(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("hex");
}

/** JSON with the keys of every object in order, so that one value has one text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
