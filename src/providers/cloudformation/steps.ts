import type { Change } from "../../io/aws/change-set.ts";
import { UserError } from "../../model/errors.ts";
import type { PlannedStep, StepEnd } from "../../model/step.ts";
import { sessionOf } from "../aws-place.ts";
import type { Context, Work } from "../provider.ts";
import { changeStack, failed } from "./change-stack.ts";
import type { StackPlace } from "./spec.ts";
import { templatePlace } from "./template-place.ts";

/** Runs the one step: a change set that is made, compared with the plan, and executed. */
export async function run(step: PlannedStep, place: StackPlace, work: Work, context: Context): Promise<StepEnd> {
  const { spec } = place;
  const text = work.wanted.texts[spec.template];
  if (text === undefined) return failed("template-missing", `${spec.template} is not in the commit`);
  const session = sessionOf(place, context);
  const at = { bucket: place.artifacts, folder: `${place.application}/templates` };
  try {
    return await changeStack(
      session,
      {
        stack: String(step.input.stack),
        name: changeSetName(work.rollout),
        create: step.input.create === true,
        template: await templatePlace(session, at, text, work, context),
        parameters: spec.parameters,
        capabilities: spec.capabilities,
        tags: spec.tags,
        description: `Landfall, rollout ${work.rollout}`,
        unplanned: (changes) => unplanned(changes, step, spec.mayReplace),
        timeoutSeconds: step.timeoutSeconds,
      },
      work,
      context,
    );
  } catch (error) {
    if (error instanceof UserError) return failed(error.code, error.message);
    throw error;
  }
}

/** A change set's name: one of each rollout. */
export function changeSetName(rollout: string): string {
  return `landfall-${rollout.toLowerCase()}`;
}

/** Types that CloudFormation can only replace: a new version is what a change of them means. */
const immutable = /^AWS::(Lambda::(LayerVersion|Version|LayerVersionPermission|Permission)|ApiGateway::Deployment)$/;

/**
 * What a change set does beyond the plan: removals that it does not name, and replacements that nobody allowed.
 *
 * @param allow how a replacement is allowed, in words
 */
export function unplanned(
  changes: readonly Change[],
  { input }: PlannedStep,
  mayReplace: readonly string[],
  allow = (id: string) => `allow it with \`mayReplace: [${id}]\``,
): string[] {
  const names = (key: string) => (Array.isArray(input[key]) ? input[key].map(String) : []);
  // A transform names its resources anew, from the names of the template.
  const isOf = (ids: readonly string[], id: string) =>
    ids.some((own) => own === id || (input.transformed === true && id.startsWith(own)));
  return changes.flatMap(({ action, logicalId, type, replacement }) => {
    const what = `${logicalId} (${type})`;
    if (action === "Remove" && !isOf(names("removed"), logicalId) && !immutable.test(type))
      return [`it would remove ${what}, which the plan does not name`];
    const replaces = action === "Modify" && /^(True|Conditional)$/.test(replacement);
    if (replaces && !isOf(mayReplace, logicalId) && !(immutable.test(type) && isOf(names("changed"), logicalId)))
      return [`it would replace ${what}: ${allow(logicalId)}`];
    return [];
  });
}
