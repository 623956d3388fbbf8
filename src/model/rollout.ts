import { z } from "zod";
import { ApprovalUse } from "./approval.ts";
import { Evidence } from "./evidence.ts";
import { Finding } from "./finding.ts";
import { Channel, Occasion } from "./notice.ts";
import { Outcome } from "./outcome.ts";
import { Intent, Plan } from "./plan.ts";
import { Revision } from "./revision.ts";
import { StepError, StepResult } from "./step.ts";

/** Who acts, and from which machine. `boot` tells one start of the host from the next, so that a dead process is known as dead. */
export const Owner = z.object({
  who: z.string().describe("the person or job, such as `ana` or `github:acme/jobs#4411`"),
  host: z.string(),
  boot: z
    .string()
    .describe("the host's boot id (with the pid namespace where there is one); empty where it cannot be read"),
  pid: z.number().int(),
  started: z.string().optional().describe("when the process started, as its host counts: pids are used again"),
});
export type Owner = z.infer<typeof Owner>;

export const Stage = z.enum(["survey", "plan", "preflight", "build", "execute", "prove", "judge"]);
export type Stage = z.infer<typeof Stage>;

const at = { at: z.string().describe("ISO 8601") };
const place = { component: z.string(), target: z.string() };

/**
 * Everything that happens in a rollout, in order: what the ledger appends, `--events` streams and reports show.
 * `step-output` is streamed only: the ledger keeps the last lines inside a failed step's error.
 */
export const RolloutEvent = z.discriminatedUnion("event", [
  z.object({
    event: z.literal("rollout-opened"),
    ...at,
    rollout: z.string(),
    application: z.string(),
    environment: z.string(),
    intent: Intent,
    revision: Revision,
    manifestDigest: z.string().describe("sha256 of the manifest file as it stood"),
    owner: Owner,
    token: z.number().int(),
    reason: z.string().optional().describe("why, where the verb asks for it"),
    partial: z.boolean().optional().describe("only some components: the others stay as they were"),
  }),
  z
    .object({
      event: z.literal("rollout-refused"),
      ...at,
      rollout: z.string(),
      application: z.string(),
      environment: z.string(),
      intent: Intent,
      commit: z.string().nullable().describe("null when it was refused before a commit was known"),
      owner: Owner,
      findings: z.array(Finding),
      outcome: Outcome,
    })
    .describe("an attempt that ended before it could be opened: an invalid manifest, a held lock"),
  z.object({ event: z.literal("took-over"), ...at, rollout: z.string(), from: z.string(), owner: Owner.nullable() }),
  z.object({ event: z.literal("stage"), ...at, stage: Stage }),
  z.object({ event: z.literal("surveyed"), ...at, ...place, summary: z.string() }),
  z.object({ event: z.literal("finding"), ...at, finding: Finding }),
  z.object({ event: z.literal("planned"), ...at, plan: Plan }),
  z
    .object({ event: z.literal("approval-taken"), ...at, approval: ApprovalUse })
    .describe("the approval that lets this plan be carried out; it is used up when the rollout ends proven"),
  z.object({
    event: z.literal("built"),
    ...at,
    component: z.string(),
    artifact: z.string(),
    bytes: z.number(),
    package: z.boolean().optional().describe("made by a build, so that its digest is not told by the source alone"),
  }),
  z.object({ event: z.literal("step-started"), ...at, ...place, name: z.string() }),
  z.object({ event: z.literal("step-output"), ...at, ...place, name: z.string(), line: z.string() }),
  z.object({ event: z.literal("step-ended"), ...at, step: StepResult }),
  z.object({
    event: z.literal("once-started"),
    ...at,
    ...place,
    name: z.string(),
    digest: z.string(),
    token: z.number().int(),
  }),
  z.object({
    event: z.literal("once-ended"),
    ...at,
    ...place,
    name: z.string(),
    digest: z.string(),
    token: z.number().int(),
    error: StepError.optional(),
    answer: z.string().optional().describe("a person's word on a step whose end was unknown, with the reason"),
  }),
  z
    .object({ event: z.literal("logs"), ...at, ...place, lines: z.array(z.string()) })
    .describe("the unit's own last log lines, when a proof failed"),
  z.object({ event: z.literal("evidence"), ...at, evidence: Evidence }),
  z.object({ event: z.literal("rollout-closed"), ...at, rollout: z.string(), outcome: Outcome }),
  z
    .object({
      event: z.literal("notified"),
      ...at,
      channel: Channel,
      on: Occasion.describe("what was told of"),
      result: z.enum(["sent", "failed"]),
      message: z.string().optional().describe("why it failed"),
    })
    .describe("comes after the outcome was recorded: nothing that happens to a notification can change or lose it"),
]);
export type RolloutEvent = z.infer<typeof RolloutEvent>;

/** A rollout read back from its events: what `history show` prints. */
export interface Rollout {
  id: string;
  opened: Extract<RolloutEvent, { event: "rollout-opened" | "rollout-refused" }>;
  events: RolloutEvent[];
  /** `interrupted` when it was opened and never closed, and nobody works on it. */
  outcome: Outcome;
  /** True while its lease is live: the outcome is then `unproven` so far, and says who works on it. */
  open?: boolean;
  closedAt: string | null;
}
