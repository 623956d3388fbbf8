import {
  createChangeSet,
  deleteChangeSet,
  describeChangeSet,
  executeChangeSet,
  listChangeSets,
} from "./actions/change-sets.ts";
import { describeStackDriftDetectionStatus, describeStackResourceDrifts, detectStackDrift } from "./actions/drift.ts";
import { describeEvents } from "./actions/events.ts";
import {
  describeStackEvents,
  describeStackResource,
  describeStackResources,
  describeStacks,
  listExports,
  listStackResources,
  listStacks,
} from "./actions/reads.ts";
import type { Action, Request } from "./actions/request.ts";
import {
  cancelUpdateStack,
  continueUpdateRollback,
  createStack,
  deleteStack,
  rollbackStack,
  updateStack,
} from "./actions/stacks.ts";
import { getTemplate, getTemplateSummary, validateTemplate } from "./actions/templates.ts";
import { type Output, writeAnswer, writeError } from "./answer.ts";
import { invalid, ServiceError } from "./error.ts";
import type { JsonObject } from "./json.ts";
import { serviceModel } from "./model.ts";
import { readQuery } from "./query.ts";
import type { Caller } from "./state.ts";
import { createWorld, type World, type WorldOptions } from "./world.ts";

/** CloudFormation as a server speaks it: strict in what it takes, with states that come one after another. */
export interface CloudFormation {
  readonly world: World;
  /** Answers one request of the query protocol, whose caller is known already. */
  answer(body: string, caller: Caller, region: string): Promise<{ status: number; body: string }>;
}

/** Makes a CloudFormation without stacks. */
export function createCloudFormation(options: WorldOptions): CloudFormation {
  const world = createWorld(options);
  const model = serviceModel();
  const tokens: Request["tokens"] = new Map();
  return {
    world,
    answer: async (body, caller, region) => {
      try {
        const { action, input } = readQuery(model, body);
        const run = actions[action];
        if (run === undefined) throw new ServiceError("InvalidAction", `The test server has no ${action}`);
        refuseUnmade(input);
        const output: Output = await run({ world, action, input, caller, region, tokens });
        return { status: 200, body: writeAnswer(model, action, output) };
      } catch (error) {
        if (error instanceof ServiceError) return { status: error.status, body: writeError(error) };
        // This server's own mistake. As a 400 it is not tried again.
        const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
        return { status: 400, body: writeError({ code: "TestServerMistake", message, status: 400 }) };
      }
    },
  };
}

/** What the service would heed and this server does not: refused, so that no test counts on it. */
const unmade = [
  "CallAs",
  "DeletionMode",
  "DeploymentMode",
  "ImportExistingResources",
  "IncludeNestedStacks",
  "IncludePropertyValues",
  "NotificationARNs",
  "OperationId",
  "ResourceTypes",
  "ResourcesToImport",
  "RetainExceptOnCreate",
  "RollbackConfiguration",
  "StackPolicyBody",
  "StackPolicyDuringUpdateBody",
  "StackPolicyDuringUpdateURL",
  "StackPolicyURL",
  "StackSetName",
  "TemplateSummaryConfig",
  "TimeoutInMinutes",
];

function refuseUnmade(input: JsonObject): void {
  for (const name of unmade) {
    const value = input[name];
    const isEmpty = value === undefined || value === false || (Array.isArray(value) && value.length === 0);
    if (!isEmpty) throw invalid(`The test server does nothing with ${name}`);
  }
}

const actions: Readonly<Record<string, Action>> = {
  CancelUpdateStack: cancelUpdateStack,
  ContinueUpdateRollback: continueUpdateRollback,
  CreateChangeSet: createChangeSet,
  CreateStack: createStack,
  DeleteChangeSet: deleteChangeSet,
  DeleteStack: deleteStack,
  DescribeChangeSet: describeChangeSet,
  DescribeEvents: describeEvents,
  DescribeStackDriftDetectionStatus: describeStackDriftDetectionStatus,
  DescribeStackEvents: describeStackEvents,
  DescribeStackResource: describeStackResource,
  DescribeStackResourceDrifts: describeStackResourceDrifts,
  DescribeStackResources: describeStackResources,
  DescribeStacks: describeStacks,
  DetectStackDrift: detectStackDrift,
  ExecuteChangeSet: executeChangeSet,
  GetTemplate: getTemplate,
  GetTemplateSummary: getTemplateSummary,
  ListChangeSets: listChangeSets,
  ListExports: listExports,
  ListStackResources: listStackResources,
  ListStacks: listStacks,
  RollbackStack: rollbackStack,
  UpdateStack: updateStack,
  ValidateTemplate: validateTemplate,
};
