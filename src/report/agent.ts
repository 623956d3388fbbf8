import type { AgentAnswer } from "../model/agent.ts";
import type { Paint } from "./paint.ts";

/** What installing or removing an agent did. */
export function agentText({ application, environment, target, changed, installed }: AgentAnswer, paint: Paint): string {
  const name = `the agent of ${application} in ${environment} on ${paint("bold", target)}`;
  const lines = changed.map((line) => `  ${line}`);
  if (installed === null)
    return changed.length === 0
      ? `Nothing to remove: ${name} is not installed.`
      : [`${paint("green", "✔")} removed ${name}`, ...lines].join("\n");
  const { user, version, unit, variables } = installed;
  const runs = `it runs as ${user}, by ${unit}.timer, with Landfall ${version}`;
  const named = variables.length === 0 ? [] : [`  variables that it was given: ${variables.join(", ")}`];
  if (changed.length === 0) return [`Nothing to change: ${name} is installed; ${runs}.`, ...named].join("\n");
  return [`${paint("green", "✔")} installed ${name}: ${runs}`, ...lines, ...named].join("\n");
}
