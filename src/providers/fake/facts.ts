import type { Place } from "../../model/place.ts";
import type { Survey } from "../provider.ts";
import type { FakeMachine, FakeMachines } from "./machines.ts";
import type { FakeSpec, FakeTarget } from "./spec.ts";

/** What is read of a fake machine: a copy, so that a plan made from it stays as it is. */
export type FakeFacts = Pick<FakeMachine, "laid" | "running" | "token" | "once">;

export async function survey(place: Place<FakeSpec, FakeTarget>, machines: FakeMachines): Promise<Survey<FakeFacts>> {
  const machine = machines.at(place.at.host);
  if (machine.power === "off") {
    return {
      state: "unreachable",
      finding: { code: "host-off", level: "block", message: `${place.at.host} does not answer` },
    };
  }
  if (machine.power === "hangs") {
    return { state: "unreachable", finding: { code: "host-hung", level: "block", message: `${place.at.host} hangs` } };
  }
  if (machine.power === "refuses") {
    return {
      state: "refused",
      finding: { code: "access-refused", level: "block", message: `${place.at.host} refused the login` },
    };
  }
  const { laid, running, token, once } = structuredClone(machine);
  const summary = running ? `runs ${running.commit.slice(0, 7)}` : "nothing runs";
  const { note, busy } = machine;
  const units = { version: null, differs: null, timer: "enabled, active", ticks: true, result: null, endedAt: null };
  const agent = note === null ? {} : { agent: { ...units, note } };
  return { state: "read", facts: { laid, running, token, once }, summary, running, busy, ...agent };
}
