import { pause } from "../../util/pause.ts";
import { allPages } from "./ask.ts";
import { awsError } from "./errors.ts";
import type { AwsSession } from "./session.ts";

/** A stack as CloudFormation describes it. */
export interface Stack {
  name: string;
  status: string;
  statusReason: string;
  /** By name. Parameters that are not shown (`NoEcho`) read as asterisks. */
  parameters: Readonly<Record<string, string>>;
  outputs: Readonly<Record<string, string>>;
  tags: Readonly<Record<string, string>>;
}

/** Reads a stack; null when there is none of that name (one that was deleted is none). */
export async function describeStack(session: AwsSession, name: string, signal: AbortSignal): Promise<Stack | null> {
  const { sdk, client } = await session.open("cloudformation");
  try {
    const command = new sdk.DescribeStacksCommand({ StackName: name });
    const [found] = (await client.send(command, { abortSignal: signal })).Stacks ?? [];
    if (!found) return null;
    return {
      name: found.StackName ?? name,
      status: found.StackStatus ?? "",
      statusReason: found.StackStatusReason ?? "",
      parameters: named(found.Parameters?.map((each) => [each.ParameterKey, each.ParameterValue])),
      outputs: named(found.Outputs?.map((each) => [each.OutputKey, each.OutputValue])),
      tags: named(found.Tags?.map((each) => [each.Key, each.Value])),
    };
  } catch (error) {
    if (isMissing(error)) return null;
    throw awsError("cloudformation:DescribeStacks", error);
  }
}

function named(pairs: (readonly [string | undefined, string | undefined])[] = []): Record<string, string> {
  return Object.fromEntries(pairs.map(([key = "", value = ""]) => [key, value]));
}

/** CloudFormation has no error of its own for it: `ValidationError`, and "Stack with id NAME does not exist". */
function isMissing(error: unknown): boolean {
  const { name, message = "" } = error as { name?: string; message?: string };
  return (name === "ValidationError" || name === "StackNotFoundException") && /does not exist/.test(message);
}

/** The template as it was sent when the stack was last changed; null when there is no stack, or one that was only announced. */
export async function getTemplate(session: AwsSession, name: string, signal: AbortSignal): Promise<string | null> {
  const { sdk, client } = await session.open("cloudformation");
  try {
    const command = new sdk.GetTemplateCommand({ StackName: name, TemplateStage: "Original" });
    // Of a stack in REVIEW_IN_PROGRESS the service gives an empty text.
    return (await client.send(command, { abortSignal: signal })).TemplateBody || null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw awsError("cloudformation:GetTemplate", error);
  }
}

/** What CloudFormation says of a template: what it must be agreed to do, or what is wrong with it. */
export async function validateTemplate(
  session: AwsSession,
  body: string,
  signal: AbortSignal,
): Promise<{ capabilities: string[]; reason: string } | { problem: string }> {
  const { sdk, client } = await session.open("cloudformation");
  try {
    const found = await client.send(new sdk.ValidateTemplateCommand({ TemplateBody: body }), { abortSignal: signal });
    const transforms = (found.DeclaredTransforms ?? []).length > 0 ? ["CAPABILITY_AUTO_EXPAND"] : [];
    const capabilities = new Set<string>([...(found.Capabilities ?? []), ...transforms]);
    return { capabilities: [...capabilities].sort(), reason: found.CapabilitiesReason ?? "it has transforms" };
  } catch (error) {
    const { name, message = "" } = error as { name?: string; message?: string };
    if (name === "ValidationError") return { problem: message };
    throw awsError("cloudformation:ValidateTemplate", error);
  }
}

/** One resource of a stack: its name in the template, and what stands for it in the account. */
export interface StackResource {
  logicalId: string;
  physicalId: string;
  type: string;
  status: string;
}

export async function listResources(session: AwsSession, name: string, signal: AbortSignal): Promise<StackResource[]> {
  const { sdk, client } = await session.open("cloudformation");
  const pages = sdk.paginateListStackResources({ client }, { StackName: name }, { abortSignal: signal });
  try {
    const found = await allPages(pages, (page) => page.StackResourceSummaries);
    return found.map((each) => ({
      logicalId: each.LogicalResourceId ?? "",
      physicalId: each.PhysicalResourceId ?? "",
      type: each.ResourceType ?? "",
      status: each.ResourceStatus ?? "",
    }));
  } catch (error) {
    throw awsError("cloudformation:ListStackResources", error);
  }
}

/** One line of a stack's story. */
export interface StackEvent {
  id: string;
  at: Date;
  logicalId: string;
  type: string;
  status: string;
  reason: string;
  /** It is about the stack itself. The name alone does not say so: a stack within it may have the same one. */
  ofStack: boolean;
}

/** The newest events of a stack, by their ids: what follows is known by not being among them. */
export async function newestEvents(session: AwsSession, stack: string, signal: AbortSignal): Promise<Set<string>> {
  const { sdk, client } = await session.open("cloudformation");
  try {
    const page = await client.send(new sdk.DescribeStackEventsCommand({ StackName: stack }), { abortSignal: signal });
    return new Set((page.StackEvents ?? []).map(({ EventId = "" }) => EventId));
  } catch (error) {
    throw awsError("cloudformation:DescribeStackEvents", error);
  }
}

/** The events of a stack that came after those known, oldest first. */
export async function eventsSince(
  session: AwsSession,
  stack: string,
  known: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<StackEvent[]> {
  const { sdk, client } = await session.open("cloudformation");
  const found: StackEvent[] = [];
  let next: string | undefined;
  try {
    do {
      const command = new sdk.DescribeStackEventsCommand({ StackName: stack, NextToken: next });
      const page = await client.send(command, { abortSignal: signal });
      for (const each of page.StackEvents ?? []) {
        const id = each.EventId ?? "";
        if (known.has(id)) return found.reverse();
        found.push({
          id,
          at: each.Timestamp ?? new Date(0),
          logicalId: each.LogicalResourceId ?? "",
          type: each.ResourceType ?? "",
          status: each.ResourceStatus ?? "",
          reason: each.ResourceStatusReason ?? "",
          ofStack: each.StackId !== undefined && each.PhysicalResourceId === each.StackId,
        });
      }
      next = page.NextToken;
    } while (next !== undefined);
  } catch (error) {
    if (isMissing(error)) return [];
    throw awsError("cloudformation:DescribeStackEvents", error);
  }
  return found.reverse();
}

/** What drift detection came to. */
export interface Drift {
  status: string;
  reason: string;
  /** Resources that are not what the template says, each with the properties that differ. */
  drifted: { logicalId: string; type: string; status: string; differences: string[] }[];
}

/**
 * Has CloudFormation compare the stack's resources with its template, and waits for the answer. Changes nothing.
 *
 * @param limitSeconds After this time without an answer the status is `UNKNOWN`.
 */
export async function detectDrift(
  session: AwsSession,
  stack: string,
  limitSeconds: number,
  signal: AbortSignal,
): Promise<Drift> {
  const { sdk, client } = await session.open("cloudformation");
  const options = { abortSignal: signal };
  let call = "cloudformation:DetectStackDrift";
  try {
    const deadline = Date.now() + limitSeconds * 1000;
    const StackDriftDetectionId = await begin(deadline);
    if (StackDriftDetectionId === null)
      return { status: "UNKNOWN", reason: `another one is under way for more than ${limitSeconds} s`, drifted: [] };
    call = "cloudformation:DescribeStackDriftDetectionStatus";
    for (let wait = 0.2; ; wait = Math.min(wait * 1.5, 5)) {
      const state = await client.send(
        new sdk.DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId }),
        options,
      );
      if (state.DetectionStatus === "DETECTION_IN_PROGRESS") {
        if (Date.now() >= deadline)
          return { status: "UNKNOWN", reason: `it did not come to an end within ${limitSeconds} s`, drifted: [] };
        await pause(wait, signal);
        continue;
      }
      const reason = state.DetectionStatusReason ?? "";
      if (state.DetectionStatus !== "DETECTION_COMPLETE") return { status: "UNKNOWN", reason, drifted: [] };
      const status = state.StackDriftStatus ?? "UNKNOWN";
      if (status !== "DRIFTED") return { status, reason, drifted: [] };
      call = "cloudformation:DescribeStackResourceDrifts";
      return { status, reason, drifted: await drifted() };
    }
  } catch (error) {
    throw awsError(call, error);
  }

  /** The detection's id; null: another one is under way all the time. That one may have begun before the last change, so it tells nothing. */
  async function begin(deadline: number): Promise<string | null> {
    for (let wait = 0.2; ; wait = Math.min(wait * 1.5, 5)) {
      try {
        const begun = await client.send(new sdk.DetectStackDriftCommand({ StackName: stack }), options);
        return begun.StackDriftDetectionId ?? "";
      } catch (error) {
        if (!(error instanceof Error && /already in progress/.test(error.message))) throw error;
        if (Date.now() >= deadline) return null;
      }
      await pause(wait, signal);
    }
  }

  async function drifted(): Promise<Drift["drifted"]> {
    const differing: ("MODIFIED" | "DELETED")[] = ["MODIFIED", "DELETED"];
    const input = { StackName: stack, StackResourceDriftStatusFilters: differing };
    const pages = sdk.paginateDescribeStackResourceDrifts({ client }, input, options);
    const found = await allPages(pages, (page) => page.StackResourceDrifts);
    return found.map((each) => ({
      logicalId: each.LogicalResourceId ?? "",
      type: each.ResourceType ?? "",
      status: each.StackResourceDriftStatus ?? "",
      differences: (each.PropertyDifferences ?? []).map(({ PropertyPath = "" }) => PropertyPath),
    }));
  }
}
