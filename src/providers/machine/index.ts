import type { Provider } from "../provider.ts";
import { MachineSpec, MachineTarget } from "./spec.ts";

const later = (): never => {
  throw new Error("the machine provider is being built");
};

/** Machines over OpenSSH, or this machine. */
export const machine: Provider<MachineSpec, MachineTarget, never> = {
  type: "machine",
  summary: "release directories on a machine over OpenSSH, or on this machine",
  spec: MachineSpec as never,
  target: MachineTarget,
  survey: later,
  plan: later,
  guards: later,
  run: later,
  prove: later,
};
