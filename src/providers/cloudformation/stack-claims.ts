import type { Stack } from "../../io/aws/cloudformation.ts";
import type { AwsSession } from "../../io/aws/session.ts";
import type { AwsSetting } from "../../model/aws.ts";
import { UserError } from "../../model/errors.ts";
import type { Evidence } from "../../model/evidence.ts";
import type { Place } from "../../model/place.ts";
import { sessionOf } from "../aws-place.ts";
import { type Judged, masked } from "../judged.ts";
import type { Context } from "../provider.ts";

/** Reads the claims about a stack, once it is sure whose account it is. What could not be read is unknown. */
export async function proveStack(
  place: Pick<Place, "aws" | "component" | "target">,
  stack: string,
  context: Context,
  read: (session: AwsSession) => Promise<Judged[]>,
): Promise<Evidence[]> {
  const { component, target } = place;
  const claims = await claimsOf(sessionOf(place, context), stack, read);
  return claims.map((claim) => masked({ ...claim, component, target }, context));
}

async function claimsOf(
  session: AwsSession,
  stack: string,
  read: (session: AwsSession) => Promise<Judged[]>,
): Promise<Judged[]> {
  try {
    await session.confirm();
    return await read(session);
  } catch (error) {
    if (error instanceof UserError) return [unread(stack, error)];
    throw error;
  }
}

/** A claim about a stack that could not be read. */
function unread(stack: string, { code, message }: UserError): Judged {
  return {
    claim: "stack",
    expected: "to be read",
    readings: [],
    verdict: "unknown",
    reason: `${stack}: ${message}`,
    code,
  };
}

/** The stack's last change came to its end. After one that was rolled back, what it held before is still there. */
export function stateClaim(name: string, { account, region }: AwsSetting, stack: Stack | null): Judged {
  const expected = "a finished state";
  const source = `cloudformation:DescribeStacks in ${account}, ${region}`;
  const status = stack?.status ?? null;
  const reading = { unit: `stack ${name}`, identity: status, source, at: new Date().toISOString() };
  const claim = { claim: "stack", expected, readings: [reading] };
  if (stack === null || status === "REVIEW_IN_PROGRESS" || status === "DELETE_COMPLETE")
    return { ...claim, verdict: "refuted", reason: `there is no stack ${name}`, code: "stack-differs" };
  const why = stack.statusReason === "" ? "" : `: ${stack.statusReason}`;
  const is = `the stack ${name} is ${status}${why}`;
  if (/^(CREATE|UPDATE|IMPORT|UPDATE_ROLLBACK|IMPORT_ROLLBACK)_COMPLETE$/.test(stack.status))
    return { ...claim, verdict: "proven", reason: is };
  if (stack.status.endsWith("_IN_PROGRESS")) return { ...claim, verdict: "unknown", reason: is, code: "stack-state" };
  return { ...claim, verdict: "refuted", reason: is, code: "stack-state" };
}
