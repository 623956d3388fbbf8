import { statementOf } from "../ledger/approve.ts";
import { approvalRule } from "../manifest/requires.ts";
import { resolveEnvironment } from "../manifest/resolve.ts";
import { type Approval, type ApprovalRule, type ApprovalUse, isOpen, type Signature } from "../model/approval.ts";
import { changesNothing, type Plan } from "../model/plan.ts";
import { planId } from "../model/plan-id.ts";
import { sourceCommits } from "../model/revision.ts";
import type { State } from "../model/state.ts";
import type { Before, Gate, GivenApprovals } from "../preflight/gate.ts";
import { takenApproval } from "../preflight/guards/approval.ts";
import { type KnownSigners, knownSigners } from "./approvers.ts";
import type { Attempt } from "./attempt.ts";
import type { Scene } from "./scene.ts";
import type { World } from "./world.ts";

/**
 * Gathers what the environment requires of this plan and what is known of it: the other environment's state, and approvals
 * with their signatures looked at. Null where nothing is required, and for a plan that changes nothing. Reads only.
 *
 * @param state the environment's own, as the ledger has it now
 */
export async function openGate(scene: Scene, state: State, plan: Plan, world: World): Promise<Gate | null> {
  const requires = requiresOf(scene);
  if (!requires || changesNothing(plan)) return null;
  const rule = approvalRule(requires);
  // What ran here before must be able to come back at any hour, also where the other environment cannot be looked at.
  if (plan.intent !== "deploy" && provenBefore(plan.revision.components, state))
    return { spared: rule !== null, before: null, approval: null };
  const { provenIn } = requires;
  return {
    spared: false,
    before: provenIn === undefined ? null : await readBefore(provenIn, scene, world),
    approval: rule === null ? null : await givenApprovals(rule, scene, state, plan, world),
  };
}

/** Writes down which approval lets the rollout through, before it changes anything. */
export function noteApproval(gate: Gate | null, attempt: Attempt, world: World): void {
  const taken = gate && takenApproval(gate);
  if (!taken) return;
  const { id, plan, who, at, reason } = taken.approval;
  const approval: ApprovalUse = { id, plan: plan.hash, who, at, reason, signature: taken.signature };
  attempt.note({ event: "approval-taken", at: world.now().toISOString(), approval });
}

function requiresOf({ loaded, environment }: Scene) {
  return loaded.manifest.environments[environment.environment]?.requires;
}

/** Whether each source is one of those that were proven here as a part of a whole. */
function provenBefore(components: Plan["revision"]["components"], { revisions }: State): boolean {
  return Object.entries(components).every(([name, digest]) =>
    revisions.some((revision) => revision.components[name] === digest),
  );
}

async function readBefore(name: string, scene: Scene, world: World): Promise<Before> {
  const { revision } = scene.resolved;
  const { places } = resolveEnvironment(scene.loaded, {
    environment: name,
    env: world.env,
    commit: revision.commit,
    commits: sourceCommits(revision),
    providers: world.providers,
    // Variables that only that environment uses need not be set to deploy to this one.
    lenient: true,
  });
  return { environment: name, state: await scene.before(), places };
}

async function givenApprovals(
  rule: ApprovalRule,
  scene: Scene,
  state: State,
  plan: Plan,
  world: World,
): Promise<GivenApprovals> {
  const id = planId(plan, scene.loaded.digest);
  const read = signatureReader(scene, state, world);
  const checked = (state.approvals ?? []).map(async (approval) => {
    const concerns = isOpen(approval) && approval.plan.hash === id.hash;
    return { approval, signature: concerns ? await read(approval) : ({ state: "unsigned" } as const) };
  });
  return { rule, plan: id, commit: plan.revision.commit, given: await Promise.all(checked), now: world.now() };
}

/** Looks at signatures; whose keys are listed is read once, when the first is looked at. */
function signatureReader(
  scene: Scene,
  { ledger }: Pick<State, "ledger">,
  world: World,
): (approval: Approval) => Promise<Signature> {
  let signers: Promise<KnownSigners> | null = null;
  return async (approval) => {
    if (approval.signed === undefined) return { state: "unsigned" };
    signers ??= knownSigners(scene, world);
    const known = await signers;
    if ("problem" in known) return { state: "unread", why: known.problem };
    const { application, environment } = scene.environment;
    const expected = statementOf(approval, application, environment, ledger);
    return await scene.ledger.signature(environment, approval.signed, expected, known, true);
  };
}
