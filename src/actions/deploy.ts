import { userError } from "../model/errors.ts";
import type { State } from "../model/state.ts";
import { assemblePlan } from "../plan/assemble-plan.ts";
import { runGuards } from "../preflight/run-guards.ts";
import { judge } from "../prove/judge.ts";
import { agentFindings } from "./agent-health.ts";
import type { RolloutAnswer } from "./answers.ts";
import { Attempt } from "./attempt.ts";
import { buildArtifacts } from "./build-artifacts.ts";
import { cannotUndo } from "./cannot-undo.ts";
import { debtsOf, stillOwed } from "./debts.ts";
import { noteApproval, openGate } from "./gate.ts";
import { goesBack } from "./goes-back.ts";
import { guardInput, planInput } from "./inputs.ts";
import { leftPlaces } from "./left-places.ts";
import { openScene } from "./open-scene.ts";
import type { Scene } from "./scene.ts";
import { settleOnce } from "./settle-once.ts";
import { surveyPlaces } from "./survey.ts";
import { withoutToldBefore } from "./told-before.ts";
import { changeInWaves } from "./waves.ts";
import type { World } from "./world.ts";

export interface DeployRequest {
  environment: string;
  /** Only these; all when empty. */
  components: readonly string[];
  /** A commit, branch or tag. Undefined: what is checked out, which must then be clean. */
  ref?: string | undefined;
  /** Lay the release anew and run all steps, even where the target already has them. Needs a reason. */
  force: boolean;
  reason?: string | undefined;
  /** How long to wait for the lock, and for a target on which an earlier step still runs. Seconds. */
  waitSeconds: number;
  /** A person's word on steps that must run once and whose end is unknown, by step name. Needs a reason. */
  answers: Readonly<Record<string, "done" | "rerun">>;
}

/** What the verbs that share the one path may add to a deploy. */
export interface BringRequest extends DeployRequest {
  /** Only this target. */
  target?: string | undefined;
  /** What an earlier rollout recorded of components with a repository of their own. Undefined: what their refs point to now. */
  sourceCommits?: Readonly<Record<string, string>> | undefined;
  /** Looked at once the lock is held: throws when what was asked for is no longer right. */
  stillRight?: ((state: State) => void) | undefined;
}

/** Brings an environment to a revision, and proves that it runs. However it ends, the answer's outcome is what the ledger holds. */
export async function deploy(request: DeployRequest, world: World): Promise<RolloutAnswer> {
  return await bring("deploy", request, world);
}

/**
 * The one path to a revision: a rollback is the deploy of an earlier proven one, a sync that of one target. A stage takes
 * values and gives a value; only `execute`, inside the waves, changes a target.
 */
export async function bring(
  intent: "deploy" | "rollback" | "sync",
  request: BringRequest,
  world: World,
): Promise<RolloutAnswer> {
  const attempt = new Attempt({ intent, ...request }, world);
  return await attempt.conclude(async () => {
    refuseWithoutReason(request);
    const scene = await openScene(request, attempt, world);
    const state = await attempt.open(scene);
    request.stillRight?.(state);
    refuseUnknownAnswers(request, scene);
    if (intent === "deploy") attempt.findings(await goesBack(scene, state));
    if (intent !== "sync") attempt.findings(leftPlaces(scene, state, request.components));
    if (intent === "rollback") attempt.findings(cannotUndo(state, scene.resolved.revision));
    const surveyed = await attempt.stage("survey", () => surveyPlaces(scene, request.waitSeconds, attempt, world));
    if (intent === "sync")
      attempt.notices = withoutToldBefore(attempt.notices, surveyed, scene.resolved.revision.commit);
    const input = await planInput(intent, scene, state, surveyed, request);
    const planned = await attempt.stage("plan", () => assemblePlan(input));
    attempt.note({ event: "planned", at: world.now().toISOString(), plan: planned.plan });
    const gate = await openGate(scene, state, planned.plan, world);
    const found = await attempt.stage("preflight", () =>
      runGuards(guardInput(scene, surveyed, input, planned, gate, attempt)),
    );
    const agents = intent === "sync" ? [] : agentFindings(surveyed);
    attempt.refuseBlocked([...scene.resolved.findings, ...planned.findings, ...found, ...agents]);
    noteApproval(gate, attempt, world);
    await settleOnce(planned, input, request, attempt, world);
    const artifacts = await attempt.stage("build", () => buildArtifacts(scene, planned.places, input, attempt, world));
    const debts = debtsOf(scene, state, surveyed, world.now());
    const change = await changeInWaves(planned, input, artifacts, debts, attempt, world);
    await attempt.confirm();
    const given = { ...change, stopped: attempt.stopped() };
    return await attempt.stage("judge", () => stillOwed(judge(given), state));
  });
}

/** A word on a step that there is not must not look as if it had been heard. */
function refuseUnknownAnswers({ answers, components }: BringRequest, { environment }: Scene): void {
  const known = [...new Set(environment.places.flatMap(({ onceSteps }) => onceSteps))];
  const unknown = Object.keys(answers).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const where = components.length === 0 ? environment.environment : components.join(", ");
  const what = known.length === 0 ? "no step there must run once" : `those that must run once: ${known.join(", ")}`;
  throw userError("invalid", "bad-value", `no step ${unknown.join(", ")} of ${where} must run once; ${what}`);
}

function refuseWithoutReason(request: DeployRequest): void {
  if (request.reason !== undefined && request.reason.trim() !== "") return;
  if (request.force)
    throw userError(
      "invalid",
      "reason-missing",
      "--force overrides what the target says: give a --reason for the record",
    );
  if (Object.keys(request.answers).length > 0) {
    throw userError(
      "invalid",
      "reason-missing",
      "an answer about a step that must run once goes into the record: give a --reason",
    );
  }
}
