import { emptyState } from "../ledger/fold.ts";
import { assemblePlan } from "../plan/assemble-plan.ts";
import { runGuards } from "../preflight/run-guards.ts";
import { agentFindings } from "./agent-health.ts";
import type { PlanAnswer } from "./answers.ts";
import { Attempt } from "./attempt.ts";
import { cannotUndo } from "./cannot-undo.ts";
import type { BringRequest } from "./deploy.ts";
import { guardInput, planInput } from "./inputs.ts";
import { openScene } from "./open-scene.ts";
import { surveyPlaces } from "./survey.ts";
import type { World } from "./world.ts";

/** Reads everything that a deploy would read, and gives what it would do and what would refuse it. Writes nothing, not even to the ledger. */
export async function plan(
  request: BringRequest,
  world: World,
  intent: "deploy" | "rollback" = "deploy",
): Promise<PlanAnswer> {
  const { environment } = request;
  const attempt = new Attempt({ intent, environment, waitSeconds: null }, world);
  try {
    const scene = await openScene(request, attempt, world);
    const state = (await scene.ledger.state(environment)) ?? emptyState("", scene.environment.application, environment);
    const surveyed = await surveyPlaces(scene, 0, attempt, world);
    const planned = assemblePlan(await planInput(intent, scene, state, surveyed, request));
    const found = await runGuards(guardInput(scene, surveyed, planned, attempt));
    const lasting = intent === "rollback" ? cannotUndo(state, scene.resolved.revision) : [];
    return attempt.mask.deep({
      plan: planned.plan,
      findings: [...lasting, ...scene.resolved.findings, ...planned.findings, ...found, ...agentFindings(surveyed)],
    });
  } finally {
    await attempt.end();
  }
}
