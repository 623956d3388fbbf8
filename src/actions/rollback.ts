import { userError } from "../model/errors.ts";
import { shortCommit } from "../model/revision.ts";
import type { State } from "../model/state.ts";
import type { RolloutAnswer } from "./answers.ts";
import { Attempt } from "./attempt.ts";
import { bring } from "./deploy.ts";
import { nothingRecorded } from "./prove.ts";
import type { World } from "./world.ts";

export interface RollbackRequest {
  environment: string;
  /** A revision that was proven here; undefined: the last one before the present. A commit's beginning is enough. */
  to?: string | undefined;
  reason?: string | undefined;
  waitSeconds: number;
}

/** Deploys an earlier proven revision, through the same stages as any deploy, and proves it. */
export async function rollback(request: RollbackRequest, world: World): Promise<RolloutAnswer> {
  const { environment, to, reason } = request;
  const ledger = await world.openLedger(world.directory);
  const state = await ledger.state(environment);
  const found = state ? (to === undefined ? previous(state) : named(state, to)) : nothingRecorded(environment);
  if (typeof found === "string")
    return await bring("rollback", { ...request, components: [], ref: found, force: false, answers: {} }, world);
  const attempt = new Attempt({ intent: "rollback", environment, reason, waitSeconds: null }, world);
  return await attempt.conclude(async () => {
    if (state) attempt.useLedger(ledger);
    throw found;
  });
}

function previous(state: State): string | Error {
  const now = state.intended?.commit;
  const index = state.revisions.findIndex((revision) => revision.commit === now);
  const before = state.revisions.slice(index + 1).find((revision) => !revision.withdrawn && revision.commit !== now);
  if (before) return before.commit;
  return userError(
    "failed",
    "nothing-to-roll-back-to",
    `${state.environment} has no revision that was proven before ${now ? shortCommit(now) : "the present one"}`,
  );
}

function named(state: State, to: string): string | Error {
  const matching = state.revisions.filter((revision) => revision.commit.startsWith(to.toLowerCase()));
  if (matching.length === 1 && matching[0] && to.length >= 4) return matching[0].commit;
  const known = state.revisions.map((revision) => shortCommit(revision.commit)).join(", ") || "none";
  const what =
    matching.length > 1 ? `${to} could be several revisions` : `no revision ${to} was proven in ${state.environment}`;
  return userError("failed", "no-such-revision", `${what}; proven here: ${known}`, {
    fix: `see landfall history ${state.environment}, or deploy the commit: landfall deploy ${state.environment} --ref ${to}`,
  });
}
