import type { Intent } from "../model/plan.ts";
import type { RolloutEvent } from "../model/rollout.ts";
import type { RolloutAnswer } from "./answers.ts";

/** The answer of a rollout of which nothing is known yet. */
export function emptyAnswer(id: string, intent: Intent, environment: string, startedAt: string): RolloutAnswer {
  return {
    id,
    application: "",
    environment,
    intent,
    startedAt,
    endedAt: null,
    revision: null,
    plan: null,
    steps: [],
    evidence: [],
    logs: [],
    findings: [],
    deferred: [],
    outcome: { outcome: "unproven", reasons: [], deferred: [] },
    invalid: false,
    tookOver: null,
  };
}

/** Adds an event to the answer, so that the answer is made of the very events that are recorded. */
export function gather(answer: RolloutAnswer, event: RolloutEvent): void {
  switch (event.event) {
    case "rollout-opened": {
      const { commit, dirty, components, sources } = event.revision;
      answer.application = event.application;
      answer.revision = { commit, dirty, components, ...(sources === undefined ? {} : { sources }) };
      break;
    }
    case "took-over":
      answer.tookOver = event.from;
      break;
    case "planned":
      answer.plan = event.plan;
      break;
    case "approval-taken":
      answer.approval = event.approval;
      break;
    case "step-ended":
      answer.steps.push(event.step);
      break;
    case "evidence":
      answer.evidence.push(event.evidence);
      break;
    case "logs":
      answer.logs.push({ component: event.component, target: event.target, lines: event.lines });
      break;
    case "finding":
      answer.findings.push(event.finding);
      break;
  }
}
