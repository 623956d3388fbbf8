import type { Provider } from "../provider.ts";
import { leaveNote } from "./agent.ts";
import { type MachineFacts, survey } from "./facts.ts";
import { guards } from "./guards.ts";
import { logs } from "./logs.ts";
import { plan } from "./plan.ts";
import { prove } from "./prove.ts";
import { MachineSpec, MachineTarget } from "./spec.ts";
import { run } from "./steps.ts";
import { approach, hostOf } from "./target.ts";

/** Machines over OpenSSH, or this machine: see README.md. */
export const machine: Provider<MachineSpec, MachineTarget, MachineFacts> = {
  type: "machine",
  summary: "Release directories on a machine over OpenSSH, or on this machine.",
  spec: MachineSpec,
  target: MachineTarget,
  approach,
  survey,
  plan,
  guards,
  run,
  prove,
  logs,
  reach: (place, context) => ({ host: hostOf(place, context), directory: `${place.spec.directory}/current` }),
  leaveNote,
};
