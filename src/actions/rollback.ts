import { isDeepStrictEqual } from "node:util";
import { userError } from "../model/errors.ts";
import { type Commits, revisionName, sameRevision, shortCommit, sourceCommits } from "../model/revision.ts";
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
  if (!(found instanceof Error)) {
    const revision = { components: [], ref: found.commit, sourceCommits: sourceCommits(found) };
    return await bring("rollback", { ...request, ...revision, force: false, answers: {} }, world);
  }
  const attempt = new Attempt({ intent: "rollback", environment, reason, waitSeconds: null }, world);
  return await attempt.conclude(async () => {
    if (state) attempt.useLedger(ledger);
    throw found;
  });
}

/**
 * The last proven revision before the present one, with another source: going back to the same files would change nothing.
 * A rollback that did not come to its end is tried again, not taken for a new starting point.
 */
function previous(state: State): Commits | Error {
  const { intended, revisions } = state;
  if (intended?.intent === "rollback" && !intended.proven) return intended;
  const index = revisions.findIndex((revision) => intended !== undefined && sameRevision(revision, intended));
  const present = revisions[index];
  const before = revisions.slice(index + 1).find((revision) => !revision.withdrawn && !sameSource(revision, present));
  if (before) return before;
  const now = intended ? shortCommit(intended.commit) : "the present one";
  return userError(
    "failed",
    "nothing-to-roll-back-to",
    `${state.environment} has no revision that was proven before ${now}`,
  );
}

type Proven = State["revisions"][number];

function sameSource(a: Proven, b: Proven | undefined): boolean {
  return b !== undefined && isDeepStrictEqual(a.components, b.components);
}

/** By the beginning of the application's commit, or of a component's own where that one has a repository of its own. */
function named(state: State, to: string): Commits | Error {
  const begins = (commit: string) => commit.startsWith(to.toLowerCase());
  const matching = state.revisions.filter(
    (revision) => begins(revision.commit) || Object.values(sourceCommits(revision)).some(begins),
  );
  if (matching.length === 1 && matching[0] && to.length >= 4) return matching[0];
  const known = state.revisions.map((revision) => revisionName("", revision).slice(1)).join(", ") || "none";
  const what =
    matching.length > 1 ? `${to} could be several revisions` : `no revision ${to} was proven in ${state.environment}`;
  return userError("failed", "no-such-revision", `${what}; proven here: ${known}`, {
    fix: `see landfall history ${state.environment}, or deploy the commit: landfall deploy ${state.environment} --ref ${to}`,
  });
}
