import type { Change } from "../../io/aws/change-set.ts";
import { getTemplate, listResources } from "../../io/aws/cloudformation.ts";
import { listLayerVersions } from "../../io/aws/lambda.ts";
import type { AwsSession } from "../../io/aws/session.ts";
import { UserError } from "../../model/errors.ts";
import type { PlannedStep, StepEnd } from "../../model/step.ts";
import { bringArtifact } from "../artifact-object.ts";
import { sessionOf } from "../aws-place.ts";
import { changeStack, failed } from "../cloudformation/change-stack.ts";
import { changeSetName, unplanned } from "../cloudformation/steps.ts";
import { readTemplate, sameTemplate } from "../cloudformation/template.ts";
import { templatePlace } from "../cloudformation/template-place.ts";
import type { Context, Work } from "../provider.ts";
import { identityOf, type KeptLayer, keptLayers, layerTemplate, logicalIdOf, newLayer } from "./layers.ts";
import { hexOf, objectOf } from "./object.ts";
import { ownLayer, rendered } from "./own-template.ts";
import { heldVersion } from "./plan.ts";
import type { LayerPlace } from "./spec.ts";

/** Runs one step. What goes wrong in the account is a result with its code. */
export async function run(step: PlannedStep, place: LayerPlace, work: Work, context: Context): Promise<StepEnd> {
  const session = sessionOf(place, context);
  try {
    return step.action === "upload"
      ? await upload(session, place, work, context)
      : await update(session, step, place, work, context);
  } catch (error) {
    if (error instanceof UserError) return failed(error.code, error.message);
    throw error;
  }
}

async function upload(session: AwsSession, place: LayerPlace, work: Work, { signal }: Context): Promise<StepEnd> {
  const { digest, bytes, path } = work.artifact;
  const at = objectOf(place, digest);
  const content = { sha256: hexOf(digest), bytes, from: path === undefined ? null : { path } };
  const done = await bringArtifact(session, at, content, work.confirm, signal);
  const where = `s3://${at.bucket}/${at.key}`;
  return done === null
    ? { result: "unchanged", reason: `${where} holds it already` }
    : { result: "done", notes: [`${done}: ${where}, ${bytes} bytes, read back`] };
}

/** Reads the stack once more: what is there now decides, and not what was there when it was planned. */
async function update(
  session: AwsSession,
  step: PlannedStep,
  place: LayerPlace,
  work: Work,
  context: Context,
): Promise<StepEnd> {
  const stack = String(step.input.stack);
  const live = await getTemplate(session, stack, context.signal);
  const next = place.spec.template
    ? nextOfOwn(place, place.spec.template, step, work)
    : await nextOfKept(session, stack, live, step, place, work, context);
  if ("result" in next) return next;
  // A change that an earlier rollout began, and did not see end, may be all that is wanted.
  if (live !== null && !place.spec.template && sameTemplate(live, next.template))
    return { result: "unchanged", reason: `the stack ${stack} holds all of it already` };
  // Beside the artifacts, where the component may write.
  const at = { bucket: place.artifacts, folder: `${place.application}/${place.component}` };
  return await changeStack(
    session,
    {
      stack,
      name: changeSetName(work.rollout),
      create: live === null,
      template: await templatePlace(session, at, next.template, work, context),
      parameters: place.spec.template?.parameters ?? {},
      capabilities: place.spec.template?.capabilities ?? [],
      tags: {},
      description: `Landfall, rollout ${work.rollout}`,
      unplanned: next.unplanned,
      timeoutSeconds: step.timeoutSeconds,
    },
    work,
    context,
  );
}

interface Next {
  template: string;
  unplanned: (changes: readonly Change[]) => readonly string[];
}

/** The generated template with the artifact's version in it, and the output at that one. */
async function nextOfKept(
  session: AwsSession,
  stack: string,
  live: string | null,
  { input }: PlannedStep,
  place: LayerPlace,
  { artifact, wanted }: Work,
  { signal }: Context,
): Promise<Next | StepEnd> {
  const template = live === null ? null : readTemplate(live);
  if (typeof template === "string") return failed("template-invalid", `the template of ${stack}: ${template}`);
  const [resources, versions] =
    live === null
      ? [[], []]
      : await Promise.all([listResources(session, stack, signal), listLayerVersions(session, place.spec.name, signal)]);
  const arns = Object.fromEntries(resources.map(({ logicalId, physicalId }) => [logicalId, physicalId]));
  const alive = versions.map(({ arn }) => arn);
  const removed = Array.isArray(input.removed) ? input.removed.map(String) : [];
  const kept = keptLayers(template).filter(({ id }) => !removed.includes(id));
  const held = heldVersion(place, { arns, alive }, kept, artifact.digest);
  const current = held ?? publication(place, template === null ? [] : keptLayers(template), artifact.digest, wanted);
  const layers = held ? kept : [...kept, current];
  return {
    template: layerTemplate(place, layers, current.id),
    unplanned: (changes) => surplus(changes, held ? null : current.id, removed),
  };
}

function publication(
  place: LayerPlace,
  before: readonly KeptLayer[],
  digest: string,
  { commit, digest: source }: Work["wanted"],
): KeptLayer {
  const { application, component, spec } = place;
  const identity = identityOf(spec, digest);
  const times = before.filter((layer) => layer.identity === identity).map(({ again }) => again + 1);
  const again = Math.max(0, ...times);
  const resource = newLayer({ application, component, spec, digest, commit, source, ...objectOf(place, digest) });
  return { id: logicalIdOf(identity, again), digest, identity, again, resource };
}

/** What a change set does beyond publishing this one version and letting go of those that the plan names. */
function surplus(changes: readonly Change[], added: string | null, removed: readonly string[]): string[] {
  return changes
    .filter(
      ({ action, logicalId }) =>
        !(action === "Add" && logicalId === added) && !(action === "Remove" && removed.includes(logicalId)),
    )
    .map(({ action, logicalId, type }) => `${action} ${logicalId} (${type}) is not in the plan`);
}

/** The author's template with the artifact in it. */
function nextOfOwn(
  place: LayerPlace,
  own: NonNullable<LayerPlace["spec"]["template"]>,
  step: PlannedStep,
  { artifact, wanted }: Work,
): Next | StepEnd {
  const found = ownLayer(own, wanted.texts[own.file]);
  if ("code" in found) return failed(found.code, found.message);
  const { template, id } = found;
  return {
    template: rendered(template, id, { ...objectOf(place, artifact.digest), digest: artifact.digest }),
    unplanned: (changes) => unplanned(changes, step, [id], () => onlyTheLayer),
  };
}

const onlyTheLayer =
  "a layer's own template replaces nothing but the layer; a component of type `cloudformation` can, with `mayReplace`";
