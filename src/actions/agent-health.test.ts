import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgentSeen } from "../model/agent.ts";
import type { ResolvedPlace } from "../model/place.ts";
import type { Provider } from "../providers/provider.ts";
import { agentFindings } from "./agent-health.ts";

const note: NonNullable<AgentSeen["note"]> = {
  schemaVersion: 1,
  at: "2026-01-01T00:00:00.000Z",
  environment: "uat",
  target: "m1",
  commit: "3f9c2e1".padEnd(40, "0"),
  outcome: "proven",
  reasons: [],
  rollout: "R",
  recorded: true,
  version: "0.1.0",
};
const good: AgentSeen = {
  version: "0.1.0",
  differs: null,
  timer: "enabled, active",
  ticks: true,
  result: "success",
  endedAt: "today",
  note,
};

function told(agent: AgentSeen | null, presence: ResolvedPlace["presence"] = "on-demand", components = ["web"]) {
  const surveyed = components.map((component) => ({
    place: { component, target: "m1", environment: "uat", presence } as ResolvedPlace,
    provider: {} as Provider,
    survey: { state: "read" as const, facts: {}, summary: "", running: null, busy: null, agent },
  }));
  return agentFindings(surveyed).map(({ level, code }) => `${level} ${code}`);
}

test("only a target that is off at times lacks an agent", () => {
  assert.deepEqual(told(null), ["note agent-missing"]);
  assert.deepEqual(told(null, "always"), []);
});

test("a good last run is a note, told once for all components of a target", () =>
  assert.deepEqual(told(good, "on-demand", ["web", "worker"]), ["note agent-ok"]));

test("a run that did not end proven, and one that systemd ended, are warnings", () => {
  assert.deepEqual(told({ ...good, note: { ...note, outcome: "unproven", reasons: ["no remote"] } }), [
    "warning agent-failed",
  ]);
  assert.deepEqual(told({ ...good, result: "timeout" }), ["warning agent-failed"]);
});

test("changed units and a timer that does not run are warnings", () => {
  assert.deepEqual(told({ ...good, differs: "its timer was changed" }), ["warning agent-differs", "note agent-ok"]);
  assert.deepEqual(told({ ...good, ticks: false }), ["warning agent-differs", "note agent-ok"]);
});
