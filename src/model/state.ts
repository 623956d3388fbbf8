import { z } from "zod";
import { Approval } from "./approval.ts";
import { Debt, OutcomeName } from "./outcome.ts";
import { OtherSource } from "./revision.ts";
import { Backup } from "./step.ts";

/** The last thing proven for a component on a target. */
export const Proven = z.object({
  commit: z.string().describe("the commit that the unit was read to run"),
  intended: z.string().describe("the commit that was asked for; it has the same source digest"),
  digest: z.string().describe("source digest"),
  artifact: z.string().optional().describe("artifact digest"),
  repository: z.string(),
  rollout: z.string(),
  at: z.string(),
});
export type Proven = z.infer<typeof Proven>;

/** What is known of a step that must take effect once for a source digest. */
export const Once = z.object({
  digest: z.string(),
  target: z.string(),
  rollout: z.string(),
  token: z.number().int(),
  startedAt: z.string(),
  endedAt: z.string().optional(),
  result: z.enum(["done", "failed"]).optional().describe("absent: it was begun and its end is not known"),
});
export type Once = z.infer<typeof Once>;

/** What a step that runs once did: a rollback does not undo it. */
export const Effect = z.object({
  component: z.string(),
  step: z.string(),
  target: z.string(),
  digest: z.string().describe("source digest that it ran for"),
  commit: z.string(),
  rollout: z.string(),
  at: z.string(),
  result: z.enum(["done", "failed"]).optional().describe("absent: its end is not known"),
  backup: Backup.optional().describe("the backup that was made before it for the same source"),
});
export type Effect = z.infer<typeof Effect>;

/** The rollout that was opened last, as `status` shows it. */
export const LastRollout = z.object({
  id: z.string(),
  commit: z.string(),
  intent: z.string(),
  who: z.string(),
  openedAt: z.string(),
  closedAt: z.string().optional(),
  outcome: OutcomeName.optional().describe("absent while it is open"),
  reason: z.string().optional().describe("the conclusion's first line"),
});
export type LastRollout = z.infer<typeof LastRollout>;

/** The present state of one environment: `state.json` at the head of its ledger. */
export const State = z.object({
  schemaVersion: z.literal(1),
  ledger: z.string().describe("this ledger's own id: tokens of different ledgers are not comparable"),
  application: z.string(),
  environment: z.string(),
  token: z.number().int().describe("the highest fencing token that was given out"),
  proven: z.record(z.string(), z.record(z.string(), Proven)).describe("component → target → last proven"),
  verdicts: z
    .record(
      z.string(),
      z.record(
        z.string(),
        z.object({
          verdict: z.enum(["proven", "refuted", "unknown"]),
          at: z.string(),
          reason: z.string(),
          rollout: z.string(),
          commit: z.string().describe("the commit that was read; empty when none was"),
        }),
      ),
    )
    .describe("component → target → the newest verdict, whatever it was"),
  pairs: z.record(z.string(), z.record(z.string(), z.string())).describe("component → commit → source digest"),
  artifacts: z
    .record(z.string(), z.record(z.string(), z.object({ digest: z.string(), bytes: z.number(), at: z.string() })))
    .optional()
    .describe(
      "component → source digest → the artifact that was proven for it, for components whose artifact is built; the newest hundred of each",
    ),
  revisions: z
    .array(
      z.object({
        commit: z.string(),
        components: z.record(z.string(), z.string()),
        sources: z.record(z.string(), OtherSource).optional(),
        rollout: z.string(),
        at: z.string(),
        withdrawn: z.boolean().optional().describe("rolled back from: not a revision to return to by default"),
      }),
    )
    .describe("revisions that were proven as a whole, newest first, without repetition, at most fifty"),
  intended: z
    .object({
      commit: z.string(),
      components: z.record(z.string(), z.string()).describe("component → source digest"),
      sources: z
        .record(z.string(), OtherSource)
        .optional()
        .describe("of every component that has one, as last deployed"),
      rollout: z.string(),
      at: z.string(),
      intent: z.string(),
      proven: z.boolean().describe("whether that rollout ended proven"),
    })
    .optional()
    .describe("what should run now: the revision of the newest rollout that touched what runs, or was proven"),
  once: z
    .record(z.string(), z.record(z.string(), z.array(Once)))
    .describe(
      "component → step → its newest run for each source digest, newest first; those without an end are never dropped",
    ),
  effects: z
    .array(Effect)
    .optional()
    .describe("what steps that run once did, newest first, each step and source once, at most a hundred"),
  backups: z
    .record(
      z.string(),
      z.object({ digest: z.string(), target: z.string(), rollout: z.string(), at: z.string(), backup: Backup }),
    )
    .optional()
    .describe("component → the newest backup that a step made and that was verified"),
  debts: z.array(Debt),
  approvals: z.array(Approval).optional().describe("approvals of plans, newest first, at most twenty"),
  last: LastRollout.optional(),
});
export type State = z.infer<typeof State>;
