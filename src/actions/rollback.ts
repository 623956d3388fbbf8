import { isDeepStrictEqual } from "node:util";
import { userError } from "../model/errors.ts";
import { type Commits, commitsName, sameRevision, shortCommit, sourceCommits } from "../model/revision.ts";
import type { State } from "../model/state.ts";
import type { PlanAnswer, RolloutAnswer } from "./answers.ts";
import { Attempt } from "./attempt.ts";
import { type BringRequest, bring } from "./deploy.ts";
import { mustBeKnown } from "./known-environment.ts";
import { plan } from "./plan.ts";
import { nothingRecorded } from "./prove.ts";
import type { World } from "./world.ts";

export interface RollbackRequest {
  environment: string;
  /** A revision that was proven here; undefined: the last one before the present. A commit's beginning is enough. */
  to?: string | undefined;
  reason?: string | undefined;
  waitSeconds: number;
}

/** What a rollback would do, and what it could not undo. Writes nothing. Throws when there is nothing to return to. */
export async function planRollback(request: RollbackRequest, world: World): Promise<PlanAnswer> {
  const ledger = await world.openLedger(world.directory);
  const state = await ledger.state(request.environment);
  if (!state) await mustBeKnown(request.environment, ledger, world);
  const found = choose(state, request);
  if (found instanceof Error) throw found;
  return await plan(bringRequest(request, found), world, "rollback");
}

/** Deploys an earlier proven revision, through the same stages as any deploy, and proves it. */
export async function rollback(request: RollbackRequest, world: World): Promise<RolloutAnswer> {
  const { environment, reason } = request;
  const ledger = await world.openLedger(world.directory);
  const state = await ledger.state(environment);
  const found = choose(state, request);
  if (!(found instanceof Error)) {
    // Another rollout may have moved the environment while its lock was waited for.
    const stillRight = (now: State) => {
      const then = choose(now, request);
      if (then instanceof Error || !sameRevision(then, found)) throw movedMeanwhile(environment);
    };
    return await bring("rollback", { ...bringRequest(request, found), stillRight }, world);
  }
  const attempt = new Attempt({ intent: "rollback", environment, reason, waitSeconds: null }, world);
  return await attempt.conclude(async () => {
    if (state) attempt.useLedger(ledger);
    else await mustBeKnown(environment, ledger, world);
    throw found;
  });
}

function choose(state: State | null, { environment, to }: RollbackRequest): Commits | Error {
  if (!state) return nothingRecorded(environment);
  return to === undefined ? previousRevision(state) : named(state, to);
}

function bringRequest(request: RollbackRequest, revision: Commits): BringRequest {
  const word = { force: false, answers: {} };
  return { ...request, components: [], ref: revision.commit, sourceCommits: sourceCommits(revision), ...word };
}

function movedMeanwhile(environment: string): Error {
  const message = `another rollout changed ${environment} while this one waited: what it would return to is another now`;
  return userError("blocked", "lock-held", message, {
    fix: `look at landfall history ${environment}, and roll back again`,
  });
}

/**
 * The last proven revision before the present one, with another source: going back to the same files would change nothing.
 * A rollback that did not come to its end is tried again, not taken for a new starting point. After a rollout that failed before
 * it took over, the present one is what to return to.
 */
export function previousRevision(state: State): Commits | Error {
  const { intended, revisions } = state;
  if (intended?.intent === "rollback" && !intended.proven) return intended;
  const index = revisions.findIndex((revision) => intended !== undefined && sameRevision(revision, intended));
  const present = revisions[index];
  // It never took over, and its commands may have harmed what should still run: that is what to return to.
  if (present && !present.withdrawn && commandsOfLastRan(state)) return present;
  const before = revisions.slice(index + 1).find((revision) => !revision.withdrawn && !sameSource(revision, present));
  if (before) return before;
  const now = intended ? shortCommit(intended.commit) : "the present one";
  return userError(
    "blocked",
    "nothing-to-roll-back-to",
    `${state.environment} has no revision that was proven before ${now}`,
  );
}

/** Whether the last rollout ran commands on a target that nothing was read of since, and made no other revision the one that should run. */
function commandsOfLastRan({ last, intended, verdicts }: State): boolean {
  if (last === undefined || last.id === intended?.rollout || last.outcome === "proven") return false;
  return Object.values(verdicts)
    .flatMap((targets) => Object.values(targets))
    .some(({ verdict, rollout }) => verdict === "unknown" && rollout === last.id);
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
  const known = state.revisions.map(commitsName).join(", ") || "none";
  const what =
    matching.length > 1 ? `${to} could be several revisions` : `no revision ${to} was proven in ${state.environment}`;
  return userError("blocked", "no-such-revision", `${what}; proven here: ${known}`, {
    fix: `see landfall history ${state.environment}, or deploy the commit: landfall deploy ${state.environment} --ref ${to}`,
  });
}
