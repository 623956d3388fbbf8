import type { MachinePlace } from "./target.ts";

/** What the target is to look for: the unit, or the process. */
export function claimArguments({ spec }: MachinePlace): Record<string, string | undefined> {
  const { service, process } = spec.prove;
  return { unit: service, pidfile: process?.pidFile, port: process?.port?.toString() };
}
