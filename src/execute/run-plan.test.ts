import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RolloutEvent } from "../model/rollout.ts";
import type { StepEnd } from "../model/step.ts";
import { type ExecuteInput, type Job, runSteps } from "./run-plan.ts";

const failed = (code: "step-failed" | "step-timeout" | "step-killed" | "backup-unverified" | "connection-lost") => {
  return (exitStatus?: number): StepEnd => {
    const status = exitStatus === undefined ? {} : { exitStatus };
    return { result: "failed", error: { code, message: "it failed", ...status } };
  };
};

describe("a step that must run once", () => {
  const cases: [title: string, end: StepEnd, noted: boolean][] = [
    ["that is done has an end", { result: "done" }, true],
    ["that had nothing to do has an end", { result: "unchanged", reason: "nothing is pending" }, true],
    ["that failed by itself has an end", failed("step-failed")(1), true],
    ["whose backup was not verified has an end, however the check ended", failed("backup-unverified")(137), true],
    ["whose connection broke has none that is known", failed("connection-lost")(), false],
    ["that its time limit ended has none, whatever status it left with", failed("step-timeout")(0), false],
    ["that a signal ended has none", failed("step-killed")(137), false],
    ["that a shell or ssh tells as cut off has none", failed("step-failed")(255), false],
  ];
  for (const [title, end, noted] of cases) {
    it(title, async () => {
      const events: RolloutEvent[] = [];
      const step = { component: "web", target: "here", name: "migrate", once: true };
      const job = {
        planned: { steps: [step] },
        provider: { run: async () => end },
        wanted: { digest: "sha256:1" },
      } as unknown as Job;
      const input = {
        rollout: "R1",
        token: 1,
        ledger: "L",
        stop: new AbortController().signal,
        record: async (event: RolloutEvent) => void events.push(event),
        mayGoOn: async () => {},
        now: () => new Date(0),
      } as unknown as ExecuteInput;
      await runSteps(job, input);
      const names = events.map(({ event }) => event).filter((name) => name.startsWith("once-"));
      assert.deepEqual(names, noted ? ["once-started", "once-ended"] : ["once-started"]);
    });
  }
});

describe("the right to go on", () => {
  it("is asked of the lock's store before the first step that touches what runs, and else taken as it was known", async () => {
    const asked: boolean[] = [];
    const step = (name: string, takesOver: boolean) => ({ component: "web", target: "here", name, takesOver });
    const steps = [step("upload", false), step("build", false), step("switch", true), step("restart", true)];
    const job = {
      planned: { steps },
      provider: { run: async () => ({ result: "done" }) },
      wanted: { digest: "sha256:1" },
    } as unknown as Job;
    const input = {
      stop: new AbortController().signal,
      record: async () => {},
      mayGoOn: async (asking: boolean) => void asked.push(asking),
      now: () => new Date(0),
    } as unknown as ExecuteInput;
    await runSteps(job, input);
    assert.deepEqual(asked, [false, false, true, false]);
  });
});
