import type { AgentSeen } from "../model/agent.ts";
import type { Finding } from "../model/finding.ts";
import { shortCommit } from "../model/revision.ts";
import type { SurveyedPlace } from "../providers/surveyed.ts";

/**
 * What there is to say of the agents of targets, from what was read there: one that is missing where the target is off at
 * times, differs from what would be installed now, or did not end well; and of a good one how its last run ended. Pure.
 */
export function agentFindings(surveyed: readonly SurveyedPlace[]): Finding[] {
  const found = surveyed.flatMap(({ place, survey }) => {
    if (survey.state !== "read" || survey.agent === undefined) return [];
    const { component, target, environment } = place;
    const install = `landfall agent install ${environment} --target ${target}`;
    const said = survey.agent === null ? missing(place.presence, install) : ofAgent(survey.agent, install);
    return said.map((finding): Finding => ({ ...finding, component, target }));
  });
  // A target has one agent for all its components, and each component's survey reads it.
  return [
    ...new Map(found.map((finding) => [`${finding.target} ${finding.code} ${finding.message}`, finding])).values(),
  ];
}

type Said = Pick<Finding, "code" | "level" | "message"> & { fix?: string };

function missing(presence: string, install: string): Said[] {
  if (presence !== "on-demand") return [];
  const message = "it is on-demand, and has no agent that catches up at boot";
  return [{ code: "agent-missing", level: "note", message, fix: `run ${install}` }];
}

function ofAgent(agent: AgentSeen, install: string): Said[] {
  const said: Said[] = [];
  const fix = `run ${install}`;
  if (agent.differs !== null)
    said.push({
      code: "agent-differs",
      level: "warning",
      message: `the installed agent differs: ${agent.differs}`,
      fix,
    });
  if (!agent.ticks)
    said.push({ code: "agent-differs", level: "warning", message: `the agent's timer is ${agent.timer}`, fix });
  return [...said, lastRun(agent)];
}

/** How its last run ended, by its own note and by systemd. */
function lastRun({ note, result, endedAt, version }: AgentSeen): Said {
  const who = `agent ${version ?? "of an unknown version"}`;
  const failed = (message: string): Said => ({ code: "agent-failed", level: "warning", message });
  if (note !== null && note.outcome !== "proven")
    return failed(`${who}: its run of ${note.at} ended ${note.outcome}: ${note.reasons[0] ?? "it says no reason"}`);
  // Exit codes of ours are told by the note; what systemd ended, or could not start, left none.
  if (result !== null && result !== "success")
    return failed(`${who}: its run that ended ${endedAt ?? "at an unknown time"} is a ${result} for systemd`);
  if (note === null) return { code: "agent-ok", level: "note", message: `${who}: it has not run yet` };
  const commit = note.commit === null ? "" : ` ${shortCommit(note.commit)}`;
  const kept = note.recorded ? "" : ", kept on the target only";
  return { code: "agent-ok", level: "note", message: `${who}: its run of ${note.at} proved${commit}${kept}` };
}
