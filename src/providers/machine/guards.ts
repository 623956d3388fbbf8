import type { Finding } from "../../model/finding.ts";
import type { PlacePlan } from "../provider.ts";
import type { MachineFacts } from "./facts.ts";
import { firstWord } from "./first-word.ts";
import { commandsOfStep, type Step } from "./spec.ts";
import type { MachinePlace } from "./target.ts";

type Found = Pick<Finding, "code" | "level" | "message"> & { fix?: string };

/** What a release may need beyond its own size: what its steps build, and some room to live. Bytes. */
const room = 64 * 1024 * 1024;

/** Checks before the first write, all of them from what the survey read. Nothing is checked where nothing will change. */
export async function guards(
  place: MachinePlace,
  facts: MachineFacts,
  { plan, releaseBytes }: { plan: PlacePlan; releaseBytes: number },
): Promise<Finding[]> {
  if (plan.steps.length === 0) return [];
  const { component, target } = place;
  const found = [
    ...directory(place, facts),
    ...tools(place, facts, plan),
    ...unit(place, facts),
    ...space(place, facts, plan, releaseBytes),
    ...reboot(facts),
    ...modifications(facts),
  ];
  return found.map((finding) => ({ ...finding, component, target }));
}

function directory(_: MachinePlace, { directoryProblem, host, lockTool }: MachineFacts): Found[] {
  const found: Found[] = [];
  if (directoryProblem !== null)
    found.push({ code: "directory-unusable", level: "block", message: `${host}: ${directoryProblem}` });
  if (lockTool === "none" || lockTool === null)
    found.push({ code: "no-lock-tool", level: "block", message: `${host} has neither flock nor perl` });
  return found;
}

function tools({ spec }: MachinePlace, { missingCommands, host }: MachineFacts, plan: PlacePlan): Found[] {
  const steps = plan.steps.filter(({ action }) => action === "run");
  const users = (command: string) =>
    steps.filter(({ name }) => firstWords(spec.steps[name]).includes(command)).map(({ name }) => name);
  return missingCommands.flatMap((command): Found[] => {
    const names = users(command);
    const own =
      command === spec.shell ? "the steps' shell" : /^(tar|awk|find|xargs)$/.test(command) ? "Landfall" : null;
    const by = names.length > 0 ? `step ${names.join(", ")}` : own;
    if (by === null) return [];
    return [
      { code: "command-missing", level: "block", message: `${host} has no command ${command}, which ${by} needs` },
    ];
  });
}

function firstWords(step: Step | undefined): (string | null)[] {
  return step === undefined ? [] : commandsOfStep(step).map(firstWord);
}

function unit({ spec }: MachinePlace, { processes, host }: MachineFacts): Found[] {
  const { service } = spec.prove;
  const load = processes.unit?.LoadState;
  if (service === undefined || load === "loaded") return [];
  if (load === "no-systemctl") {
    const message = `${host} has no systemctl, which reading ${service} needs`;
    return [{ code: "command-missing", level: "block", message, fix: "Use prove.process with a pid file or a port." }];
  }
  const said = load === undefined || load === "" ? "gave no answer about" : "knows no unit";
  return [{ code: "unit-missing", level: "block", message: `systemd on ${host} ${said} ${service}` }];
}

function space(place: MachinePlace, facts: MachineFacts, plan: PlacePlan, releaseBytes: number): Found[] {
  if (!plan.steps.some(({ action }) => action === "upload")) return [];
  const needed = releaseBytes * 2 + room;
  if (facts.freeBytes === null) {
    const message = `how much space ${facts.host} has for ${place.spec.directory} was not readable`;
    return [{ code: "disk-full", level: "warning", message }];
  }
  if (facts.freeBytes >= needed) return [];
  const message = `${facts.host} has ${mebibytes(facts.freeBytes)} free for ${place.spec.directory}, and ${mebibytes(needed)} are needed`;
  return [{ code: "disk-full", level: "block", message }];
}

function reboot({ reboot, host }: MachineFacts): Found[] {
  if (reboot === null) return [];
  const scheduled = reboot === "scheduled";
  const message = scheduled ? `a shutdown of ${host} is scheduled` : `${host} waits for a reboot to finish an update`;
  return [{ code: "reboot-pending", level: scheduled ? "block" : "warning", message }];
}

function modifications({ modified, host, state }: MachineFacts): Found[] {
  if (modified.length === 0) return [];
  const more = modified.length > 5 ? ` and ${modified.length - 5} more` : "";
  const message = `${host}: changed by hand in ${state.current.id}: ${modified.slice(0, 5).join(", ")}${more}`;
  return [{ code: "local-modifications", level: "warning", message }];
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 / 1024)} MiB`;
}
