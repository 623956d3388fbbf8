import { z } from "zod";
import { Code } from "./codes.ts";

/** What was seen on a unit: which unit, what it said of its identity, from where, when. */
export const Reading = z.object({
  unit: z.string().describe("the running thing that was read, such as `pid 812` or `http://localhost:8000/version`"),
  identity: z.string().nullable().describe("what it said: a commit, a path, a state; null when nothing was to be had"),
  source: z.string().describe("where it was read from, such as `/proc/812/cwd`"),
  at: z.string().describe("when, ISO 8601, by the clock of the reader"),
});
export type Reading = z.infer<typeof Reading>;

export const Verdict = z.enum(["proven", "refuted", "unknown"]);
export type Verdict = z.infer<typeof Verdict>;

/** A claim with its readings and the verdict on it. Without a reading the verdict cannot be `proven`: the judge checks. */
export const Evidence = z.object({
  component: z.string(),
  target: z.string(),
  claim: z.string().describe("what is claimed: `release`, `files`, `service`, `process`, `version`, `stable` …"),
  expected: z.string(),
  readings: z.array(Reading),
  verdict: Verdict,
  reason: z.string().describe("the verdict in a sentence that names what was seen"),
  code: Code.optional().describe("the page that explains a verdict other than proven"),
});
export type Evidence = z.infer<typeof Evidence>;
