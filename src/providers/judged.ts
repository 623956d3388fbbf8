import type { Evidence } from "../model/evidence.ts";
import type { Context } from "./provider.ts";

/** A claim with its verdict, before it is known of which place it is told. */
export type Judged = Omit<Evidence, "component" | "target">;

/** Evidence as it may leave a provider: without secret values. */
export function masked(evidence: Evidence, { mask }: Pick<Context, "mask">): Evidence {
  return {
    ...evidence,
    expected: mask(evidence.expected),
    reason: mask(evidence.reason),
    readings: evidence.readings.map((reading) => ({
      ...reading,
      unit: mask(reading.unit),
      identity: reading.identity === null ? null : mask(reading.identity),
      source: mask(reading.source),
    })),
  };
}
