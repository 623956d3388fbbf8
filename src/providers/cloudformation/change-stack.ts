import {
  type Change,
  type ChangeSet,
  type ChangeSetRequest,
  createChangeSet,
  deleteChangeSet,
  deleteStack,
  describeChangeSet,
  executeChangeSet,
} from "../../io/aws/change-set.ts";
import { describeStack, eventsSince, newestEvents, type StackEvent } from "../../io/aws/cloudformation.ts";
import type { AwsSession } from "../../io/aws/session.ts";
import type { Code } from "../../model/codes.ts";
import { UserError } from "../../model/errors.ts";
import type { StepEnd } from "../../model/step.ts";
import { pause } from "../../util/pause.ts";
import type { Context, Work } from "../provider.ts";

/** A change of a stack, and how it is watched. */
export interface StackChange extends ChangeSetRequest {
  /** What of the change set the plan did not name, in words; none: it may be executed. */
  unplanned: (changes: readonly Change[]) => readonly string[];
  timeoutSeconds: number;
}

/**
 * Makes a change set, compares it with the plan, executes it, and waits until CloudFormation says how it ended. A change
 * set that would change nothing, or more than was planned, is taken away again. `confirm` is asked just before the change.
 */
export async function changeStack(
  session: AwsSession,
  change: StackChange,
  { confirm, onLine }: Pick<Work, "confirm" | "onLine">,
  { signal }: Pick<Context, "signal">,
): Promise<StepEnd> {
  const deadline = Date.now() + change.timeoutSeconds * 1000;
  let begun: "no" | "asked" | "yes" = "no";
  try {
    await createChangeSet(session, change, signal);
    const made = await changeSetEnd(session, change, deadline, signal);
    if (made.status !== "CREATE_COMPLETE") return await notMade(session, change, made);
    for (const line of made.changes.map(changeLine)) onLine(line);
    const unplanned = change.unplanned(made.changes);
    if (unplanned.length > 0) {
      await abandon(session, change);
      const message = `the change set was abandoned, and nothing was changed: ${unplanned.join("; ")}`;
      return failed("unexpected-change", message, made.changes.map(changeLine));
    }
    await confirm();
    const known = await newestEvents(session, change.stack, signal);
    begun = "asked";
    await executeChangeSet(session, change, signal);
    begun = "yes";
    return await changeEnd(session, change, known, deadline, onLine, signal);
  } catch (error) {
    if (begun !== "yes") await abandon(session, change);
    const unanswered = signal.aborted || (error instanceof UserError && error.code === "aws-unreachable");
    const left = begun === "yes" ? goesOn(change) : begun === "asked" && unanswered ? mayHaveBegun(change) : null;
    if (signal.aborted) return failed("cancelled", left ?? "cancelled before the change began");
    if (!(error instanceof UserError)) throw error;
    return failed(error.code, left === null ? error.message : `${error.message}; ${left}`);
  }
}

function goesOn({ stack }: StackChange): string {
  return `the change of the stack ${stack} goes on by itself, and how it ends is not known here: deploy again to see`;
}

/** The call that lets the change begin got no answer: it may have been heard all the same. */
function mayHaveBegun({ stack }: StackChange): string {
  return `the change of the stack ${stack} may have begun, and goes on by itself if it has: deploy again to see`;
}

/** Waits until the change set is made, or is known not to be. */
async function changeSetEnd(
  session: AwsSession,
  change: StackChange,
  deadline: number,
  signal: AbortSignal,
): Promise<ChangeSet> {
  for (let wait = 0.1; ; wait = Math.min(wait * 1.5, 3)) {
    const found = await describeChangeSet(session, change, signal);
    if (!/_(PENDING|IN_PROGRESS)$/.test(found.status) || Date.now() > deadline || signal.aborted) return found;
    await pause(wait, signal);
  }
}

/** CloudFormation says in words alone that there is nothing to do; both sentences are its own. */
const noChange = /didn't contain changes|No updates are to be performed/i;

async function notMade(session: AwsSession, change: StackChange, { status, reason }: ChangeSet): Promise<StepEnd> {
  await abandon(session, change);
  if (noChange.test(reason))
    return { result: "unchanged", reason: `the stack ${change.stack} holds all of it already` };
  return failed("template-invalid", `CloudFormation could not make the change set (${status}): ${reason}`);
}

/** Takes away what was made and not executed. That it may fail changes nothing: it was not executed. */
async function abandon(session: AwsSession, change: StackChange): Promise<void> {
  const soon = AbortSignal.timeout(10_000);
  await deleteChangeSet(session, change, soon).catch(() => {});
  if (!change.create) return;
  const stack = await describeStack(session, change.stack, soon).catch(() => null);
  if (stack?.status === "REVIEW_IN_PROGRESS") await deleteStack(session, change.stack, soon).catch(() => {});
}

/** Follows the stack's own events until one of them says that the stack's change has ended. */
async function changeEnd(
  session: AwsSession,
  { stack, timeoutSeconds }: StackChange,
  known: Set<string>,
  deadline: number,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<StepEnd> {
  const events: StackEvent[] = [];
  for (let wait = 0.3; !signal.aborted; wait = Math.min(wait * 1.3, 5)) {
    for (const event of await patiently(() => eventsSince(session, stack, known, signal), deadline)) {
      known.add(event.id);
      events.push(event);
      onLine(eventLine(event));
    }
    const last = events.findLast(({ ofStack }) => ofStack);
    if (last && !last.status.endsWith("_IN_PROGRESS")) return ended(stack, last, events);
    if (Date.now() > deadline)
      return failed("step-timeout", `the stack ${stack} did not come to an end within ${timeoutSeconds} s`);
    await pause(wait, signal);
  }
  return failed("cancelled", `the stack ${stack} goes on changing by itself`);
}

/** While a change is under way, an answer that did not come is asked for again. */
async function patiently<T>(read: () => Promise<readonly T[]>, deadline: number): Promise<readonly T[]> {
  try {
    return await read();
  } catch (error) {
    const passing = error instanceof UserError && ["aws-throttled", "aws-unreachable"].includes(error.code);
    if (passing && Date.now() < deadline) return [];
    throw error;
  }
}

function ended(stack: string, last: StackEvent, events: readonly StackEvent[]): StepEnd {
  if (/^(CREATE|UPDATE)_COMPLETE$/.test(last.status))
    return { result: "done", notes: [`the stack ${stack} is ${last.status}`] };
  const causes = events.filter(({ status, reason }) => status.endsWith("_FAILED") && !/cancelled$/i.test(reason));
  const first = causes[0];
  const why = first ? `${first.logicalId}: ${first.reason}` : last.reason;
  return failed("stack-failed", `the stack ${stack} is ${last.status}: ${why}`, causes.map(eventLine));
}

function eventLine({ logicalId, type, status, reason }: StackEvent): string {
  return `${logicalId} (${type}) ${status}${reason === "" ? "" : `: ${reason}`}`;
}

function changeLine({ action, logicalId, type, replacement }: Change): string {
  return `${action} ${logicalId} (${type})${/True|Conditional/.test(replacement) ? `, replacement: ${replacement}` : ""}`;
}

/** A step that failed, with the lines that tell why. */
export function failed(code: Code, message: string, output: readonly string[] = []): StepEnd {
  return { result: "failed", error: { code, message, ...(output.length > 0 ? { output: [...output] } : {}) } };
}
