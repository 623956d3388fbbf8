import type { Evidence } from "../../model/evidence.ts";
import type { Place } from "../../model/place.ts";
import type { Wanted } from "../provider.ts";
import type { FakeMachines } from "./machines.ts";
import type { FakeSpec, FakeTarget } from "./spec.ts";

export async function prove(
  place: Place<FakeSpec, FakeTarget>,
  wanted: Wanted,
  machines: FakeMachines,
): Promise<Evidence[]> {
  const machine = machines.at(place.at.host);
  const { component, target } = place;
  const common = { component, target, claim: "running", expected: wanted.commit };
  if (machine.power !== "on") {
    return [
      { ...common, readings: [], verdict: "unknown", reason: `${place.at.host} does not answer`, code: "no-evidence" },
    ];
  }
  const identity = machine.says === undefined ? (machine.running?.commit ?? null) : machine.says;
  const readings = [{ unit: `unit of ${place.at.host}`, identity, source: "memory", at: new Date().toISOString() }];
  if (machine.running === null)
    return [{ ...common, readings, verdict: "refuted", reason: "nothing runs", code: "process-missing" }];
  if (identity === null || identity === "unknown") {
    return [
      {
        ...common,
        readings,
        verdict: "unknown",
        reason: "the unit does not say what it runs",
        code: "version-unknown",
      },
    ];
  }
  if (wanted.accepts.includes(identity))
    return [{ ...common, readings, verdict: "proven", reason: identity.slice(0, 7) }];
  return [
    { ...common, readings, verdict: "refuted", reason: `the unit runs ${identity.slice(0, 7)}`, code: "stale-process" },
  ];
}
