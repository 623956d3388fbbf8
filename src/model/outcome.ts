import { z } from "zod";
import { Code } from "./codes.ts";

export const OutcomeName = z.enum(["proven", "failed", "blocked", "unproven", "interrupted", "cancelled"]);
export type OutcomeName = z.infer<typeof OutcomeName>;

/** One line of the conclusion: where, what, and the page that explains it. */
export const Reason = z.object({
  component: z.string().optional(),
  target: z.string().optional(),
  message: z.string(),
  code: Code.optional(),
});
export type Reason = z.infer<typeof Reason>;

/** A target that is off by design and must still catch up. */
export const Debt = z.object({
  component: z.string(),
  target: z.string(),
  commit: z.string(),
  digest: z.string(),
  since: z.string(),
  reason: z.string(),
});
export type Debt = z.infer<typeof Debt>;

/** How a rollout ended: the one value that the last line, the exit code, the record and the page are made from. */
export const Outcome = z.object({
  outcome: OutcomeName,
  reasons: z.array(Reason).describe("why; for `proven` what was read, one line per target"),
  deferred: z.array(Debt),
});
export type Outcome = z.infer<typeof Outcome>;
