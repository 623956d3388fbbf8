import { UserError } from "../model/errors.ts";
import type { Rollout } from "../model/rollout.ts";
import type { HistoryAnswer } from "./answers.ts";
import { mustBeKnown } from "./known-environment.ts";
import type { World } from "./world.ts";

/** Rollouts of an environment, newest first. */
export async function history(
  { environment, limit }: { environment: string; limit: number },
  world: World,
): Promise<HistoryAnswer> {
  const ledger = await world.openLedger(world.directory);
  await mustBeKnown(environment, ledger, world);
  const rollouts = await ledger.history(environment, limit);
  const approvals = (await ledger.state(environment))?.approvals;
  return { environment, rollouts, ...(approvals ? { approvals } : {}), ledger: await ledger.freshness() };
}

/** One rollout with every step and piece of evidence. Throws `no-such-rollout`: the id is wrong, and nothing failed. */
export async function showRollout(
  { environment, id }: { environment: string; id: string },
  world: World,
): Promise<Rollout> {
  const ledger = await world.openLedger(world.directory);
  try {
    return await ledger.rollout(environment, id);
  } catch (error) {
    if (error instanceof UserError && error.code === "no-such-rollout") await mustBeKnown(environment, ledger, world);
    throw error;
  }
}
