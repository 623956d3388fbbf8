import { AgentNote, type AgentSeen } from "../../model/agent.ts";
import type { Finding } from "../../model/finding.ts";
import type { Answer } from "../answer.ts";
import type { Context } from "../provider.ts";
import { agentPaths, readUnits, unitsDiffer } from "./agent-units.ts";
import { type MachinePlace, onTarget } from "./target.ts";

/** What the survey is asked for: whether this application has an agent there. */
export function agentArguments({ application, environment }: MachinePlace): Record<string, string> {
  const { units, unit } = agentPaths(application, environment);
  return { agent: `${units}/${unit}` };
}

/** What the survey found of the agent; null when it found none. */
export function readAgent(place: MachinePlace, answer: Answer): AgentSeen | null {
  const service = answer.get("agent.service");
  if (service === null) return null;
  const shown = (key: string) => answer.get(`agent.${key}`) || null;
  const enabled = shown("enabled") ?? "not enabled";
  const active = shown("active") ?? "not active";
  return {
    version: readUnits(service)?.version ?? null,
    differs: unitsDiffer({ service, timer: shown("timer") ?? "" }, place),
    timer: `${enabled}, ${active}`,
    ticks: enabled === "enabled" && active === "active",
    result: shown("result"),
    endedAt: shown("ended"),
    note: readNote(answer.get("synced")),
  };
}

/** Writes the note beside the target's own state. What cannot be written is a warning: the outcome stands without it. */
export async function leaveNote(place: MachinePlace, note: AgentNote, context: Context): Promise<Finding[]> {
  const end = await onTarget("note", place, { note: context.mask(JSON.stringify(note)) }, context);
  if (end.ended === "answer") return [];
  const { component, target } = place;
  const why = end.ended === "cancelled" ? "cancelled" : context.mask(end.message);
  const message = `the agent's note could not be left in ${place.spec.directory}: ${why}`;
  return [{ code: "agent-failed", level: "warning", message, component, target }];
}

function readNote(text: string | null): AgentNote | null {
  if (text === null) return null;
  try {
    return AgentNote.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
