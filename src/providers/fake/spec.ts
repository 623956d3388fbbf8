import { z } from "zod";
import { command, name } from "../../model/text.ts";

/** What a component of type `fake` declares: enough to have steps that fail and steps that must run once. */
export const FakeSpec = z.strictObject({
  steps: z
    .record(
      name(),
      z.strictObject({
        run: command(),
        once: z.literal("revision").optional(),
        pending: command().optional(),
        backup: z.strictObject({ file: z.string() }).optional(),
      }),
    )
    .default({})
    .describe(
      "Steps in order. `fail` fails, `lose` loses the connection, everything else is done. Of `pending`, `none` and `some` tell, everything else does not.",
    ),
});
export type FakeSpec = z.infer<typeof FakeSpec>;

export const FakeTarget = z.strictObject({
  host: z.string().min(1).describe("The name of a machine in the fake's memory."),
});
export type FakeTarget = z.infer<typeof FakeTarget>;
