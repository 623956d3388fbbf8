import { z } from "zod";

/** The manifest's `ledger`. It is read before anything else is known, so it holds no variables. */
export const LedgerSetting = z.strictObject({
  remote: z
    .string()
    .regex(/^(?!-)[^\s$][^\s]*$/, { error: "must be a git remote's name, a URL or a path, written out" })
    .refine((value) => !value.includes("${"), { error: "must be written out: it is read before any variable is known" })
    .describe(
      "The git remote that the ledger is shared at: the name of one of the clone's remotes, a URL, or `local` to keep it in this clone only.",
    ),
});

export const ledgerSchema = LedgerSetting.optional().describe(
  "Where the ledger lies. Default: at the remote `origin`, and in this clone only where it has none.",
);
