import type { Progress } from "../model/progress.ts";
import { commitsName } from "../model/revision.ts";
import { placeName, withoutClaim } from "./findings.ts";
import { clock } from "./time.ts";

/** One event as a timed line for a log, or null when it says nothing that a reader of a log waits for. */
export function plainLine(event: Progress): string | null {
  const text = words(event);
  return text === null ? null : `${clock(event.at)} ${text.replaceAll("\n", " ")}`;
}

/** What must be read before anything is begun, and not only in the answer; null for all else. */
export function standing(event: Progress): string | null {
  if (event.event !== "finding" || event.finding.code !== "cannot-undo") return null;
  const { component, target, message } = event.finding;
  return `⚠ ${placeName(component, target)}: ${message}`;
}

function words(event: Progress): string | null {
  switch (event.event) {
    case "rollout-opened":
      return `${event.intent} of ${commitsName(event.revision)} to ${event.environment}, rollout ${event.rollout}`;
    case "took-over":
      return `took over from rollout ${event.from}, whose process died`;
    case "act":
      return `— ${event.message} —`;
    case "waiting":
      return event.message;
    case "awaiting":
      return `${at(event)}: ${event.message}`;
    case "stage":
      return event.stage;
    case "surveyed":
      return `${at(event)} ${event.summary}`;
    case "built":
      return `${event.component} built: ${event.artifact.slice(0, 19)}…, ${event.bytes} bytes`;
    case "step-started":
      return `${at(event)} ${event.name} …`;
    case "step-output":
      return `${at(event)} ${event.name} │ ${event.line}`;
    case "step-ended": {
      const { step } = event;
      const why =
        step.result === "failed" ? `: ${step.error.message}` : step.result === "done" ? "" : `: ${step.reason}`;
      return `${at(step)} ${step.name} ${step.result}${why}`;
    }
    case "evidence": {
      const { evidence } = event;
      return `${at(evidence)} ${evidence.claim} ${evidence.verdict}: ${withoutClaim(evidence)}`;
    }
    case "notified":
      return `${event.channel} notification ${event.result}${event.message ? `: ${event.message}` : ""}`;
    case "finding":
      return standing(event);
    // Other findings, the plan's words and the outcome stand in the answer.
    default:
      return null;
  }
}

function at(place: { component: string; target: string }): string {
  return placeName(place.component, place.target);
}
