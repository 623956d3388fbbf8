import {
  type CloudFormationClient,
  CreateChangeSetCommand,
  type CreateChangeSetCommandInput,
  DescribeChangeSetCommand,
  type DescribeChangeSetCommandOutput,
  DescribeStackResourceDriftsCommand,
  DescribeStacksCommand,
  DetectStackDriftCommand,
  ExecuteChangeSetCommand,
  paginateDescribeStackEvents,
  type Stack,
  type StackEvent,
} from "@aws-sdk/client-cloudformation";
import type { AwsScene } from "./aws-scene.ts";

/** What tests do with stacks, with the official client. */
export interface StackDriver {
  /** Makes a change set and waits until it is made or failed. */
  prepare(request: CreateChangeSetCommandInput): Promise<DescribeChangeSetCommandOutput>;
  /** Makes a change set, executes it, waits until the stack rests, and gives the stack. */
  deploy(request: Omit<CreateChangeSetCommandInput, "ChangeSetName">): Promise<Stack>;
  stack(name: string): Promise<Stack>;
  /** What drift detection finds: the state of each resource by its logical id. */
  drift(name: string): Promise<Record<string, string>>;
  /** `LOGICAL STATUS` of all events since the last call for this stack, oldest first. */
  events(name: string): Promise<string[]>;
  /** The reasons that events of a status give. */
  reasons(name: string, status: string): Promise<string[]>;
}

export function stackDriver(aws: AwsScene, client: CloudFormationClient): StackDriver {
  let number = 0;
  const seen = new Map<string, number>();
  const all = async (name: string) => {
    const events: StackEvent[] = [];
    for await (const page of paginateDescribeStackEvents({ client }, { StackName: name }))
      events.push(...(page.StackEvents ?? []));
    return events.toReversed();
  };
  const driver: StackDriver = {
    prepare: async (request) => {
      await client.send(new CreateChangeSetCommand(request));
      await aws.stacks.settled();
      const { StackName, ChangeSetName } = request;
      return await client.send(new DescribeChangeSetCommand({ StackName, ChangeSetName }));
    },
    deploy: async (request) => {
      number += 1;
      const names = { StackName: request.StackName, ChangeSetName: `set-${number}` };
      const made = await driver.prepare({ ...request, ...names });
      if (made.Status !== "CREATE_COMPLETE") throw new Error(`the change set is ${made.Status}: ${made.StatusReason}`);
      await client.send(new ExecuteChangeSetCommand(names));
      await aws.stacks.settled();
      return await driver.stack(request.StackName ?? "");
    },
    stack: async (name) => {
      const { Stacks: [found] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
      if (found === undefined) throw new Error(`${name} is not described`);
      return found;
    },
    drift: async (name) => {
      await client.send(new DetectStackDriftCommand({ StackName: name }));
      await aws.stacks.settled();
      const { StackResourceDrifts = [] } = await client.send(
        new DescribeStackResourceDriftsCommand({ StackName: name }),
      );
      const states = StackResourceDrifts.map((one) => [one.LogicalResourceId, one.StackResourceDriftStatus]);
      return Object.fromEntries(states) as Record<string, string>;
    },
    events: async (name) => {
      const events = await all(name);
      const fresh = events.slice(seen.get(name) ?? 0);
      seen.set(name, events.length);
      return fresh.map(({ LogicalResourceId, ResourceStatus }) => `${LogicalResourceId} ${ResourceStatus}`);
    },
    reasons: async (name, status) =>
      (await all(name))
        .filter(({ ResourceStatus }) => ResourceStatus === status)
        .map(({ ResourceStatusReason = "" }) => ResourceStatusReason),
  };
  return driver;
}
