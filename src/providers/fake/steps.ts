import type { Place } from "../../model/place.ts";
import type { PlannedStep, StepEnd } from "../../model/step.ts";
import type { Work } from "../provider.ts";
import type { FakeMachine, FakeMachines } from "./machines.ts";
import { onceKey } from "./plan.ts";
import type { FakeSpec, FakeTarget } from "./spec.ts";

export async function run(
  step: PlannedStep,
  place: Place<FakeSpec, FakeTarget>,
  work: Work,
  machines: FakeMachines,
): Promise<StepEnd> {
  const machine = machines.at(place.at.host);
  if (machine.power !== "on") return failed("connection-lost", `${place.at.host} went away`);
  if (work.token < machine.token)
    return failed("fenced", `${place.at.host} has seen token ${machine.token}; ours is ${work.token}`);
  machine.token = work.token;
  const release = { commit: work.wanted.commit, digest: work.wanted.digest };
  if (step.action === "lay") machine.laid = release;
  else if (step.action === "restart") restart(machine);
  else return runCommand(step, place.spec.steps[step.name], machine, release.digest);
  machine.log.push(step.name);
  return { result: "done" };
}

function restart(machine: FakeMachine): void {
  if (!machine.stuck) machine.running = machine.laid;
}

function runCommand(
  step: PlannedStep,
  written: FakeSpec["steps"][string] | undefined,
  machine: FakeMachine,
  digest: string,
): StepEnd {
  const { run: command, pending, backup } = written ?? { run: "" };
  const key = onceKey(step.name, digest);
  if (pending === "none") {
    machine.once[key] = "done";
    return { result: "unchanged", reason: "nothing is pending" };
  }
  if (machine.once[key] === "begun" && pending !== undefined && pending !== "some")
    return failed("once-unknown", "the pending check does not tell");
  if (step.once) machine.once[key] = "begun";
  if (command === "lose") return failed("connection-lost", "the connection broke");
  machine.log.push(step.name);
  if (step.once) machine.once[key] = command === "fail" ? "failed" : "done";
  if (command !== "fail") return { result: "done", ...(backup ? { backup: { ...backup, bytes: 1 } } : {}) };
  return {
    result: "failed",
    error: { code: "step-failed", message: "it exited with status 1", exitStatus: 1, output: ["no"] },
  };
}

function failed(code: "connection-lost" | "fenced" | "once-unknown", message: string): StepEnd {
  return { result: "failed", error: { code, message } };
}
