import { emptyState } from "../ledger/fold.ts";
import type { State } from "../model/state.ts";
import { assemblePlan } from "../plan/assemble-plan.ts";
import type { Gate } from "../preflight/gate.ts";
import { runGuards } from "../preflight/run-guards.ts";
import { agentFindings } from "./agent-health.ts";
import type { PlanAnswer } from "./answers.ts";
import { Attempt } from "./attempt.ts";
import { cannotUndo } from "./cannot-undo.ts";
import type { BringRequest } from "./deploy.ts";
import { openGate } from "./gate.ts";
import { goesBack } from "./goes-back.ts";
import { guardInput, planInput } from "./inputs.ts";
import { leftPlaces } from "./left-places.ts";
import { openScene } from "./open-scene.ts";
import { asAwaited, obstacles } from "./plan-obstacles.ts";
import type { Scene } from "./scene.ts";
import { sourceChanges } from "./source-changes.ts";
import { surveyPlaces } from "./survey.ts";
import type { World } from "./world.ts";

/** Reads everything that a deploy would read, and gives what it would do and what would refuse it. Writes nothing, not even to the ledger. */
export async function plan(request: BringRequest, world: World, intent: Foreseen = "deploy"): Promise<PlanAnswer> {
  return await foresee(request, world, intent, async ({ answer }) => answer);
}

type Foreseen = "deploy" | "rollback";

/** A plan as a deploy would make it now, with what it was made from. */
export interface Foresight {
  answer: PlanAnswer;
  scene: Scene;
  state: State;
  gate: Gate | null;
}

/** Makes the plan and gives it to `use`, while what it was made from is open. */
export async function foresee<T>(
  request: BringRequest,
  world: World,
  intent: Foreseen,
  use: (foresight: Foresight) => Promise<T>,
): Promise<T> {
  const { environment } = request;
  const attempt = new Attempt({ intent, environment, waitSeconds: null }, world);
  try {
    const scene = await openScene(request, attempt, world);
    const state = (await scene.ledger.state(environment)) ?? emptyState("", scene.environment.application, environment);
    const surveyed = await surveyPlaces(scene, 0, attempt, world);
    const input = await planInput(intent, scene, state, surveyed, request);
    const planned = assemblePlan(input);
    const gate = await openGate(scene, state, planned.plan, world);
    const [found, changes, inTheWay, back] = await Promise.all([
      runGuards(guardInput(scene, surveyed, input, planned, gate, attempt)),
      sourceChanges(scene, state),
      obstacles(scene),
      intent === "deploy" ? goesBack(scene, state) : [],
    ]);
    const lasting = intent === "rollback" ? cannotUndo(state, scene.resolved.revision) : back;
    const own = [...scene.resolved.findings, ...planned.findings, ...found, ...agentFindings(surveyed)];
    const answer = attempt.mask.deep({
      plan: planned.plan,
      changes,
      ...(gate?.approval ? { hash: gate.approval.plan.hash } : {}),
      findings: [...inTheWay, ...lasting, ...leftPlaces(scene, state, request.components), ...own.map(asAwaited)],
    });
    return await use({ answer, scene, state, gate });
  } finally {
    await attempt.end();
  }
}
