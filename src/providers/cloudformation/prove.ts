import { describeStack, detectDrift, getTemplate, type Stack } from "../../io/aws/cloudformation.ts";
import type { AwsSession } from "../../io/aws/session.ts";
import { UserError } from "../../model/errors.ts";
import type { Evidence } from "../../model/evidence.ts";
import type { Judged } from "../judged.ts";
import type { Context, Wanted } from "../provider.ts";
import { parametersClaim } from "./parameters-claim.ts";
import { likeness } from "./shown.ts";
import { type StackPlace, stackOf } from "./spec.ts";
import { proveStack, stateClaim } from "./stack-claims.ts";
import { readTemplate } from "./template.ts";

/**
 * Reads the stack as CloudFormation has it now: its state, template, parameters and outputs, and whether its resources drifted.
 *
 * @param changed CloudFormation itself compared the template with the stack's in this rollout.
 */
export async function prove(
  place: StackPlace,
  wanted: Wanted,
  changed: boolean,
  context: Context,
): Promise<Evidence[]> {
  const name = stackOf(place);
  return await proveStack(place, name, context, async (session) => {
    const { signal } = context;
    const [stack, template] = await Promise.all([
      describeStack(session, name, signal),
      getTemplate(session, name, signal),
    ]);
    const state = stateClaim(name, session.setting, stack);
    if (stack === null || template === null || state.verdict !== "proven") return [state];
    const text = wanted.texts[place.spec.template];
    return [
      state,
      templateClaim(place, template, text, { changed, brought: changed || wanted.proven.includes(wanted.digest) }),
      ...(text === undefined ? [] : parametersClaim(place.spec, stack, text)),
      ...outputsClaim(stack, text),
      ...(place.spec.drift ? [await driftClaim(session, name, signal)] : []),
    ];
  });
}

/** @param known `brought`: this very source was brought to the stack, and nothing else was since, as far as is known. */
function templateClaim(
  { spec }: StackPlace,
  live: string,
  text: string | undefined,
  { changed, brought }: { changed: boolean; brought: boolean },
): Judged {
  const at = new Date().toISOString();
  const like = text === undefined ? "other" : likeness(live, text);
  const identity = {
    same: `the same as ${spec.template}`,
    shown: `${spec.template}, as shown`,
    other: "another template",
  };
  const reading = { unit: "template", identity: identity[like], source: "cloudformation:GetTemplate", at };
  const claim = { claim: "template", expected: spec.template, readings: [reading] };
  if (text === undefined)
    return {
      ...claim,
      readings: [],
      verdict: "unknown",
      reason: `${spec.template} is not in the commit`,
      code: "template-missing",
    };
  const is = `the stack's template is ${spec.template} of this revision`;
  if (like === "same") return { ...claim, verdict: "proven", reason: is };
  if (like === "shown") {
    const unread = "characters outside ASCII cannot be read back: CloudFormation shows each as `?`";
    if (brought) return { ...claim, verdict: "proven", reason: `${is}; ${unread}` };
    const reason = `whether ${is} is not known: ${unread}, and it was not deployed from here; deploy to compare them`;
    return { ...claim, verdict: "unknown", reason, code: "stack-differs" };
  }
  const why = changed
    ? ": where no resource, output or tag changes with it, CloudFormation keeps the old one; change the metadata of a resource, too"
    : "";
  const reason = `the stack's template is not ${spec.template} of this revision${why}`;
  return { ...claim, verdict: "refuted", reason, code: "stack-differs" };
}

/** Every output that the template promises without a condition is there. What they hold is evidence for whoever reads it. */
function outputsClaim(stack: Stack, text: string | undefined): Judged[] {
  const template = text === undefined ? "" : readTemplate(text);
  if (typeof template === "string" || !template.Outputs) return [];
  const promised = Object.entries(template.Outputs).flatMap(([name, output]) =>
    output?.Condition === undefined ? [name] : [],
  );
  const missing = promised.filter((name) => stack.outputs[name] === undefined);
  const at = new Date().toISOString();
  const source = "cloudformation:DescribeStacks";
  const readings = Object.entries(stack.outputs).map(([name, identity]) => ({
    unit: `output ${name}`,
    identity,
    source,
    at,
  }));
  const claim = { claim: "outputs", expected: promised.join(", "), readings };
  if (promised.length === 0) return [];
  if (missing.length === 0) return [{ ...claim, verdict: "proven", reason: "the stack has all its outputs" }];
  return [{ ...claim, verdict: "refuted", reason: `the stack lacks ${missing.join(", ")}`, code: "stack-differs" }];
}

/** How long CloudFormation may look for drift. Seconds. Large stacks take minutes, and nobody else can deploy meanwhile. */
const driftLimit = 600;

async function driftClaim(session: AwsSession, name: string, signal: AbortSignal): Promise<Judged> {
  const claim = { claim: "drift", expected: "IN_SYNC" };
  try {
    const { status, reason, drifted } = await detectDrift(session, name, driftLimit, signal);
    const source = "cloudformation:DetectStackDrift";
    const readings = [{ unit: `stack ${name}`, identity: status, source, at: new Date().toISOString() }];
    if (status === "IN_SYNC") return { ...claim, readings, verdict: "proven", reason: "no resource drifted" };
    if (status !== "DRIFTED") {
      const said = `drift could not be told: ${status}${reason === "" ? "" : `: ${reason}`}`;
      return { ...claim, readings, verdict: "unknown", reason: said, code: "stack-drift" };
    }
    const which = drifted.map(
      ({ logicalId, type, status: how, differences }) =>
        `${logicalId} (${type}) ${how}${differences.length === 0 ? "" : ` at ${differences.join(", ")}`}`,
    );
    return {
      ...claim,
      readings,
      verdict: "refuted",
      reason: which.join("; ") || "resources drifted",
      code: "stack-drift",
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...claim, readings: [], verdict: "unknown", reason: error.message, code: error.code };
  }
}
