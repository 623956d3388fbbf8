import { awsError } from "./errors.ts";
import type { AwsSession } from "./session.ts";

/** What a change set is made of. */
export interface ChangeSetRequest {
  stack: string;
  /** Unique for the stack. */
  name: string;
  /** Whether there is no stack yet. */
  create: boolean;
  template: { body: string } | { url: string };
  parameters: Readonly<Record<string, string>>;
  capabilities: readonly string[];
  /** All that the stack is to have; none: it keeps those that it has. */
  tags: Readonly<Record<string, string>>;
  description: string;
}

/** What would happen to one resource. */
export interface Change {
  logicalId: string;
  type: string;
  action: string;
  /** Whether it would get another physical id: `True`, `False`, `Conditional`, or nothing where it does not apply. */
  replacement: string;
}

/** How a change set stands. */
export interface ChangeSet {
  status: string;
  reason: string;
  changes: Change[];
}

/** Begins to make a change set. The stack itself stays as it is; one that is not there yet waits in REVIEW_IN_PROGRESS. */
export async function createChangeSet(
  session: AwsSession,
  request: ChangeSetRequest,
  signal: AbortSignal,
): Promise<void> {
  const { sdk, client } = await session.open("cloudformation");
  const { template } = request;
  const tags = Object.entries(request.tags).map(([Key, Value]) => ({ Key, Value }));
  const command = new sdk.CreateChangeSetCommand({
    StackName: request.stack,
    ChangeSetName: request.name,
    ChangeSetType: request.create ? "CREATE" : "UPDATE",
    ...("body" in template ? { TemplateBody: template.body } : { TemplateURL: template.url }),
    Parameters: Object.entries(request.parameters).map(([key, value]) => ({
      ParameterKey: key,
      ParameterValue: value,
    })),
    Capabilities: [...request.capabilities] as never,
    // An empty list would take away those that others gave it.
    ...(tags.length === 0 ? {} : { Tags: tags }),
    Description: request.description,
    // The same name for the same rollout: a repeated call makes nothing twice.
    ClientToken: request.name,
  });
  try {
    await client.send(command, { abortSignal: signal });
  } catch (error) {
    throw awsError("cloudformation:CreateChangeSet", error);
  }
}

/** Reads a change set with all its changes. */
export async function describeChangeSet(
  session: AwsSession,
  { stack, name }: Pick<ChangeSetRequest, "stack" | "name">,
  signal: AbortSignal,
): Promise<ChangeSet> {
  const { sdk, client } = await session.open("cloudformation");
  const changes: Change[] = [];
  let next: string | undefined;
  try {
    for (;;) {
      const command = new sdk.DescribeChangeSetCommand({ StackName: stack, ChangeSetName: name, NextToken: next });
      const page = await client.send(command, { abortSignal: signal });
      for (const { ResourceChange: change } of page.Changes ?? [])
        changes.push({
          logicalId: change?.LogicalResourceId ?? "",
          type: change?.ResourceType ?? "",
          action: change?.Action ?? "",
          replacement: change?.Replacement ?? "",
        });
      next = page.NextToken;
      if (next !== undefined) continue;
      return { status: page.Status ?? "", reason: page.StatusReason ?? "", changes };
    }
  } catch (error) {
    throw awsError("cloudformation:DescribeChangeSet", error);
  }
}

/** Lets the change begin. */
export async function executeChangeSet(
  session: AwsSession,
  { stack, name }: Pick<ChangeSetRequest, "stack" | "name">,
  signal: AbortSignal,
): Promise<void> {
  const { sdk, client } = await session.open("cloudformation");
  const command = new sdk.ExecuteChangeSetCommand({
    StackName: stack,
    ChangeSetName: name,
    // A token is one call's: the one that made the change set has another.
    ClientRequestToken: `${name}-execute`,
  });
  try {
    await client.send(command, { abortSignal: signal });
  } catch (error) {
    throw awsError("cloudformation:ExecuteChangeSet", error);
  }
}

/** Takes a change set away that will not be executed. */
export async function deleteChangeSet(
  session: AwsSession,
  { stack, name }: Pick<ChangeSetRequest, "stack" | "name">,
  signal: AbortSignal,
): Promise<void> {
  const { sdk, client } = await session.open("cloudformation");
  try {
    await client.send(new sdk.DeleteChangeSetCommand({ StackName: stack, ChangeSetName: name }), {
      abortSignal: signal,
    });
  } catch (error) {
    throw awsError("cloudformation:DeleteChangeSet", error);
  }
}

/** Takes a stack away that never came to be: REVIEW_IN_PROGRESS, with nothing in it. */
export async function deleteStack(session: AwsSession, stack: string, signal: AbortSignal): Promise<void> {
  const { sdk, client } = await session.open("cloudformation");
  try {
    await client.send(new sdk.DeleteStackCommand({ StackName: stack }), { abortSignal: signal });
  } catch (error) {
    throw awsError("cloudformation:DeleteStack", error);
  }
}
