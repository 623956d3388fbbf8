import type { RolloutAnswer } from "../../src/model/answers.ts";
import type { Evidence } from "../../src/model/evidence.ts";
import type { Plan } from "../../src/model/plan.ts";

/** Small answers to render, of one application with two machines. */
export const commit = "3f9c2e1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
export const earlier = "81aa0d3bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
export const at = "2026-11-20T10:00:00.000Z";
const digest = "sha256:d1";

export function rolloutAnswer(changes: Partial<RolloutAnswer> = {}): RolloutAnswer {
  return {
    id: "01JD0000000000000000000001",
    application: "jobs-app",
    environment: "uat",
    intent: "deploy",
    revision: { commit, dirty: false, components: { app: digest } },
    plan: null,
    steps: [],
    evidence: [],
    logs: [],
    startedAt: "2026-11-20T12:00:00.000Z",
    endedAt: "2026-11-20T12:00:18.000Z",
    findings: [],
    deferred: [],
    outcome: {
      outcome: "proven",
      reasons: [{ component: "app", target: "scheduler", message: "3f9c2e1 (pid 812, up 12 s)" }],
      deferred: [],
    },
    invalid: false,
    tookOver: null,
    ...changes,
  };
}

export function evidence(changes: Partial<Evidence> = {}): Evidence {
  return {
    component: "app",
    target: "scheduler",
    claim: "process",
    expected: "/opt/app/releases/3f9c2e1",
    readings: [{ unit: "pid 812", identity: "/opt/app/releases/3f9c2e1", source: "/proc/812/cwd", at }],
    verdict: "proven",
    reason: "pid 812 runs from releases/3f9c2e1",
    ...changes,
  };
}

export const plan: Plan = {
  application: "jobs-app",
  environment: "uat",
  intent: "deploy",
  revision: {
    repository: "git@example.org:jobs-app.git",
    commit,
    committedAt: at,
    subject: "Send the mails once",
    branches: ["main"],
    dirty: false,
    components: { app: digest },
  },
  targets: [
    {
      component: "app",
      target: "scheduler",
      after: [],
      reason: "81aa0d3 runs, 3f9c2e1 is wanted",
      steps: [
        step("upload", "the release is not there"),
        step("migrate", "once for this source, and it did not run yet"),
        step("restart", "the service is to run the new release"),
      ],
    },
    { component: "app", target: "frontend", after: ["scheduler"], reason: "it has this source already", steps: [] },
  ],
};

function step(name: string, reason: string): Plan["targets"][number]["steps"][number] {
  return {
    component: "app",
    target: "scheduler",
    name,
    action: "run",
    reason,
    timeoutSeconds: 60,
    retries: 0,
    once: name === "migrate",
    takesOver: name === "restart",
    input: {},
  };
}
