import type { Holder } from "../ledger/ledger.ts";
import { UserError, userError } from "../model/errors.ts";
import type { LockAnswer } from "./answers.ts";
import { mustBeKnown } from "./known-environment.ts";
import type { World } from "./world.ts";

/** Who holds an environment's lock. */
export async function lockHolder({ environment }: { environment: string }, world: World): Promise<LockAnswer> {
  const ledger = await world.openLedger(world.directory);
  const holder = await ledger.holder(environment);
  if (holder === null) await mustBeKnown(environment, ledger, world);
  return { environment, holder, ledger: await ledger.freshness() };
}

/**
 * Breaks the lease of another and gives whose it was. The next token is larger, so that a holder who still lives is fenced.
 * Throws `not-locked`, with which nothing was changed, and `reason-missing` without a reason.
 */
export async function unlock(
  { environment, reason }: { environment: string; reason: string },
  world: World,
): Promise<Holder> {
  if (reason.trim() === "")
    throw userError(
      "invalid",
      "reason-missing",
      "breaking a lock overrides a safeguard: give a --reason for the record",
    );
  const ledger = await world.openLedger(world.directory);
  try {
    return await ledger.unlock(environment, world.owner, reason);
  } catch (error) {
    if (error instanceof UserError && error.code === "not-locked") await mustBeKnown(environment, ledger, world);
    throw error;
  }
}
