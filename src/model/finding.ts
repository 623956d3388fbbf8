import { z } from "zod";
import { Code } from "./codes.ts";

/** How much a finding weighs: a block refuses the rollout, a warning is recorded, a note only tells. */
export const Level = z.enum(["block", "warning", "note"]);
export type Level = z.infer<typeof Level>;

/** One thing that a check found: what, where, and how to mend it. */
export const Finding = z.object({
  code: Code,
  level: Level,
  message: z.string(),
  component: z.string().optional(),
  target: z.string().optional(),
  file: z.string().optional(),
  line: z.number().int().positive().optional(),
  column: z.number().int().positive().optional(),
  fix: z.string().optional(),
});
export type Finding = z.infer<typeof Finding>;

/** The findings that refuse the rollout. */
export function blocking(findings: readonly Finding[]): Finding[] {
  return findings.filter((finding) => finding.level === "block");
}
