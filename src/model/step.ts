import { z } from "zod";
import { Code } from "./codes.ts";

/** One action on one target, as the plan names it. `action` and `input` are the provider's own vocabulary: plain data. */
export const PlannedStep = z.object({
  component: z.string(),
  target: z.string(),
  name: z.string().describe("unique on its target, such as `upload` or `migrate`"),
  action: z.string().describe("what the provider does: a word of its own vocabulary"),
  reason: z.string().describe("why this step is in the plan"),
  timeoutSeconds: z.number().positive(),
  retries: z.number().int().nonnegative(),
  once: z.boolean().describe("must take effect once for the component's source digest, however often it is tried"),
  takesOver: z.boolean().describe("from this step on the new revision is what should run"),
  command: z
    .boolean()
    .optional()
    .describe("it runs a command of the manifest, which may do anything, to what runs too"),
  input: z.record(z.string(), z.json()).describe("what the action needs beyond the target; never a secret"),
});
export type PlannedStep = z.infer<typeof PlannedStep>;

/** Why a step failed, in a form that can be recorded: secrets are masked before it is made. */
export const StepError = z.object({
  code: Code,
  message: z.string(),
  exitStatus: z.number().int().optional(),
  output: z.array(z.string()).describe("the last lines that the step printed, masked").optional(),
  outputLines: z.number().int().describe("how many lines it printed in all, where that is known").optional(),
  log: z.string().describe("where all of them can be read: a file, and the machine that it is on").optional(),
});
export type StepError = z.infer<typeof StepError>;

/** A backup that a step made and that was looked at: what it is known by. */
export const Backup = z.object({
  file: z.string().describe("where it lies on the target"),
  bytes: z.number().int(),
  sha256: z.string().optional().describe("absent for one that was too large to be read once more"),
});
export type Backup = z.infer<typeof Backup>;

/** How reports name a backup. */
export function backupNote({ file, bytes, sha256 }: Backup): string {
  return `backup ${file}, ${bytes} bytes${sha256 === undefined ? "" : `, sha256 ${sha256}`}`;
}

/** How a step ended. There is no bare success: every result that is not plain `done` carries its reason or its error. */
export const StepEnd = z.discriminatedUnion("result", [
  z.object({
    result: z.literal("done"),
    notes: z.array(z.string()).optional(),
    backup: Backup.optional().describe("the backup that it made, verified"),
  }),
  z.object({ result: z.literal("unchanged"), reason: z.string() }),
  z.object({ result: z.literal("skipped"), reason: z.string() }),
  z.object({ result: z.literal("deferred"), reason: z.string() }),
  z.object({ result: z.literal("failed"), error: StepError }),
  z.object({ result: z.literal("not-reached"), reason: z.string() }),
]);
export type StepEnd = z.infer<typeof StepEnd>;

/** A step with how and when it ended: what the record and `--json` hold. */
export const StepResult = z.intersection(
  z.object({
    component: z.string(),
    target: z.string(),
    name: z.string(),
    startedAt: z.string().optional(),
    endedAt: z.string().optional(),
  }),
  StepEnd,
);
export type StepResult = z.infer<typeof StepResult>;
