import type { Provider } from "../provider.ts";
import { type FakeFacts, survey } from "./facts.ts";
import { guards } from "./guards.ts";
import type { FakeMachines } from "./machines.ts";
import { plan } from "./plan.ts";
import { prove } from "./prove.ts";
import { FakeSpec, FakeTarget } from "./spec.ts";
import { run } from "./steps.ts";

export { type FakeMachine, type FakeMachines, fakeMachines } from "./machines.ts";

/** A provider whose machines are values in memory: all stages are tested on it. It is not in the registry. */
export function fakeProvider(machines: FakeMachines): Provider<FakeSpec, FakeTarget, FakeFacts> {
  return {
    type: "fake",
    summary: "Machines in memory, for tests.",
    spec: FakeSpec,
    target: FakeTarget,
    survey: async (place) => await survey(place, machines),
    plan,
    guards,
    run: async (step, place, work) => await run(step, place, work, machines),
    leaveNote: async (place, note) => {
      machines.at(place.at.host).note = note;
      return [];
    },
    prove: async (place, wanted) => await prove(place, wanted, machines),
  };
}
