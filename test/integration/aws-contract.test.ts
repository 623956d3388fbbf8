import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  type CreateChangeSetCommandInput,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeEventsCommand,
  DescribeStackEventsCommand,
  DescribeStackResourceCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  GetTemplateSummaryCommand,
  ListChangeSetsCommand,
  ListExportsCommand,
  ListStackResourcesCommand,
  UpdateStackCommand,
  ValidateTemplateCommand,
} from "@aws-sdk/client-cloudformation";
import { type AwsScene, startAws } from "../helpers/aws/aws-scene.ts";

let aws: AwsScene;
let client: CloudFormationClient;
before(async () => {
  aws = await startAws({ delay: 1 });
  client = new CloudFormationClient(aws.access("sandbox"));
});
after(async () => await aws?.stop());

const parameter = { Type: "AWS::SSM::Parameter", Properties: { Type: "String", Value: "1" } };
const body = (changes: object = {}) => JSON.stringify({ Resources: { Parameter: parameter }, ...changes });

/** Sends a request of the query protocol as no SDK would. */
async function raw(form: Record<string, string>, key = aws.access("sandbox").credentials.accessKeyId) {
  const answer = await fetch(aws.url, {
    method: "POST",
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${key}/20260101/us-east-2/cloudformation/aws4_request` },
    body: new URLSearchParams({ Version: "2010-05-15", ...form }),
  });
  const text = await answer.text();
  return { status: answer.status, code: /<Code>([^<]*)/.exec(text)?.[1], text };
}

test("an action that the service does not have is refused", async () => {
  assert.equal((await raw({ Action: "PublishEverything" })).code, "InvalidAction");
  assert.equal((await raw({ Action: "DescribeStacks", Version: "2011-01-01" })).code, "InvalidAction");
  assert.equal((await raw({})).code, "MissingAction");
});

test("a parameter that an action does not have is refused, in whatever depth", async () => {
  assert.equal((await raw({ Action: "DescribeStacks", Stackname: "a" })).code, "UnknownParameter");
  const deep = { Action: "CreateStack", StackName: "a", "Parameters.member.1.Key": "a" };
  assert.match((await raw(deep)).text, /Unknown parameter: Parameters.1.member.Key/);
  const gap = { Action: "CreateStack", StackName: "a", "Capabilities.member.2": "CAPABILITY_IAM" };
  assert.equal((await raw(gap)).code, "MalformedInput");
});

test("a key that nobody was given is refused, although moto takes it for its default account", async () => {
  const answer = await raw({ Action: "DescribeStacks" }, "AKIAINVENTED");
  assert.deepEqual([answer.status, answer.code], [403, "InvalidClientTokenId"]);
});

test("a required member that is missing is refused with the service's words", async () => {
  const answer = await raw({ Action: "CreateChangeSet", StackName: "a" });
  assert.equal(answer.code, "ValidationError");
  assert.match(answer.text, /Value null at &#39;changeSetName&#39;|Value null at 'changeSetName'/);
});

const badRequests: [string, Partial<CreateChangeSetCommandInput>, RegExp][] = [
  ["a stack's name with an underscore", { StackName: "a_b" }, /'a_b' at 'stackName' failed to satisfy constraint/],
  ["a change set's name with a dot", { ChangeSetName: "a.b" }, /'a.b' at 'changeSetName' failed/],
  ["a capability that is none", { Capabilities: ["CAPABILITY_ALL" as never] }, /enum value set/],
  ["no template", { TemplateBody: undefined }, /Either Template URL or Template Body must be specified/],
  ["two templates", { TemplateURL: "https://b.s3.amazonaws.com/k" }, /Either Template URL or Template Body/],
  [
    "a template that is too large",
    { TemplateBody: body({ Description: "x" }).padEnd(51_201) },
    /less than or equal to 51200/,
  ],
  [
    "an address that is not of S3",
    { TemplateBody: undefined, TemplateURL: "https://example.com/a" },
    /must be a supported URL/,
  ],
  [
    "a parameter that the template lacks",
    { Parameters: [{ ParameterKey: "A", ParameterValue: "1" }] },
    /Parameters: \[A\] do not exist in the template/,
  ],
  ["an update of a stack that is not there", { ChangeSetType: "UPDATE" }, /Stack \[refused\] does not exist/],
  [
    "what the server would do nothing with",
    { ImportExistingResources: true },
    /does nothing with ImportExistingResources/,
  ],
  [
    "a parameter without its value",
    { TemplateBody: body({ Parameters: { A: { Type: "String" } } }) },
    /Parameters: \[A\] must have values/,
  ],
];
for (const [what, change, message] of badRequests)
  test(`${what} is refused, and no stack comes of it`, async () => {
    const request = {
      StackName: "refused",
      ChangeSetName: "set",
      ChangeSetType: "CREATE" as const,
      TemplateBody: body(),
    };
    const sent = client.send(new CreateChangeSetCommand({ ...request, ...change }));
    await assert.rejects(sent, (error: Error) => error.name === "ValidationError" && message.test(error.message));
    await assert.rejects(
      client.send(new DescribeStacksCommand({ StackName: "refused" })),
      /Stack with id refused does not exist/,
    );
  });

const resource = (changes: object) => ({ Resources: { Parameter: { ...parameter, ...changes } } });
const badTemplates: [string, string, RegExp][] = [
  ["broken JSON", "{", /JSON not well-formed/],
  ["broken YAML", "Resources:\n  a: [", /YAML not well-formed/],
  ["a text", "hello", /unsupported structure/],
  ["no resources", body({ Resources: {} }), /At least one Resources member must be defined/],
  ["an unknown section", body({ Resource: {} }), /Invalid template property or properties \[Resource\]/],
  [
    "an unknown resource type",
    body(resource({ Type: "AWS::Lambda::Layer" })),
    /Unrecognized resource types: \[AWS::Lambda::Layer\]/,
  ],
  [
    "a type that the server does not make",
    body(resource({ Type: "AWS::SQS::Queue" })),
    /makes no resources of these types/,
  ],
  ["an unknown key of a resource", body(resource({ Retain: true })), /Invalid template resource property 'Retain'/],
  ["a policy that is none", body(resource({ DeletionPolicy: "Keep" })), /Unrecognized DeletionPolicy Keep/],
  [
    "a Ref to nothing",
    body({ Outputs: { A: { Value: { Ref: "Nothing" } } } }),
    /Unresolved resource dependencies \[Nothing\] in the Outputs block/,
  ],
  [
    "a Sub of nothing",
    body(resource({ Properties: { Type: "String", Value: { "Fn::Sub": "$" + "{Nothing}" } } })),
    /\[Nothing\] in the Resources block/,
  ],
  [
    "an attribute of nothing",
    body({ Outputs: { A: { Value: { "Fn::GetAtt": "Nothing.Arn" } } } }),
    /references undefined resource Nothing/,
  ],
  [
    "an attribute that a type lacks",
    body({ Outputs: { A: { Value: { "Fn::GetAtt": ["Parameter", "Arn"] } } } }),
    /resource Parameter does not support attribute type Arn/,
  ],
  ["a condition that is not declared", body(resource({ Condition: "Never" })), /Unresolved condition Never/],
  ["a circle", body(resource({ DependsOn: "Parameter" })), /Circular dependency between resources/],
  [
    "a function that is none",
    body(resource({ Properties: { Type: "String", Value: { "Fn::Upper": "a" } } })),
    /Fn::Upper/,
  ],
  ["an output without a value", body({ Outputs: { A: {} } }), /Every Outputs member must contain a Value/],
  ["a transform that is none", body({ Transform: "Acme" }), /No transform named Acme found/],
];
for (const [what, template, message] of badTemplates)
  test(`a template with ${what} is refused`, async () => {
    const stack = { StackName: "refused", TemplateBody: template, Capabilities: ["CAPABILITY_AUTO_EXPAND" as const] };
    await assert.rejects(client.send(new CreateStackCommand(stack)), (error: Error) => message.test(error.message));
  });

test("properties that a type does not have fail the change set before anything is made", async () => {
  const wrong = resource({ Properties: { Type: "Text", Value: "1", Secret: true } });
  const set = { StackName: "early", ChangeSetName: "set" };
  await client.send(new CreateChangeSetCommand({ ...set, ChangeSetType: "CREATE", TemplateBody: body(wrong) }));
  await aws.stacks.settled();
  const { Status, StatusReason, ExecutionStatus } = await client.send(new DescribeChangeSetCommand(set));
  assert.deepEqual([Status, ExecutionStatus], ["FAILED", "UNAVAILABLE"]);
  assert.match(StatusReason ?? "", /AWS::EarlyValidation::PropertyValidation/);
  const failed = new DescribeEventsCommand({ ...set, Filters: { FailedEvents: true } });
  const { OperationEvents: events = [] } = await client.send(failed);
  assert.deepEqual(
    events.map(({ ValidationPath: path, ValidationStatusReason: reason }) => `${path} ${reason}`),
    [
      "/Resources/Parameter/Properties/Type Text is not a valid enum value",
      "/Resources/Parameter/Properties extraneous key [Secret] is not permitted",
    ],
  );
  await assert.rejects(client.send(new ExecuteChangeSetCommand(set)), { name: "InvalidChangeSetStatusException" });
});

test("roles need a capability, and named ones a stronger one", async () => {
  const role = (more: object) => {
    const Properties = { AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [] }, ...more };
    return JSON.stringify({ Resources: { Role: { Type: "AWS::IAM::Role", Properties } } });
  };
  const send = (template: string, Capabilities: ("CAPABILITY_IAM" | "CAPABILITY_NAMED_IAM")[]) =>
    client.send(new CreateStackCommand({ StackName: "roles", TemplateBody: template, Capabilities }));
  const refused = { name: "InsufficientCapabilitiesException" };
  await assert.rejects(send(role({}), []), { ...refused, message: "Requires capabilities : [CAPABILITY_IAM]" });
  const named = role({ RoleName: "deployer" });
  await assert.rejects(send(named, ["CAPABILITY_IAM"]), {
    ...refused,
    message: "Requires capabilities : [CAPABILITY_NAMED_IAM]",
  });
  await send(named, ["CAPABILITY_NAMED_IAM"]);
  await aws.stacks.settled();
  const { Stacks: [made] = [] } = await client.send(new DescribeStacksCommand({ StackName: "roles" }));
  assert.equal(made?.StackStatus, "CREATE_COMPLETE");
  const asked = await client.send(new ValidateTemplateCommand({ TemplateBody: named }));
  assert.deepEqual(asked.Capabilities, ["CAPABILITY_NAMED_IAM"]);
});

test("a stack that is there is not created again, and one that did not change is not updated", async () => {
  const stack = { StackName: "twice", TemplateBody: body() };
  await client.send(new CreateStackCommand(stack));
  await assert.rejects(
    client.send(new UpdateStackCommand(stack)),
    /is in CREATE_IN_PROGRESS state and can not be updated/,
  );
  await aws.stacks.settled();
  await assert.rejects(client.send(new CreateStackCommand(stack)), {
    name: "AlreadyExistsException",
    message: "Stack [twice] already exists",
  });
  await assert.rejects(client.send(new UpdateStackCommand(stack)), { message: "No updates are to be performed." });
  const set = { ChangeSetName: "again", ChangeSetType: "CREATE" as const, ...stack };
  await assert.rejects(client.send(new CreateChangeSetCommand(set)), /already exists and cannot be created again/);
});

test("a change set is made once by the same request, and refused for another of its name", async () => {
  const set = { StackName: "named", ChangeSetName: "set", ChangeSetType: "CREATE" as const, TemplateBody: body() };
  const make = async (more: object = {}) => (await client.send(new CreateChangeSetCommand({ ...set, ...more }))).Id;
  assert.equal(await make(), await make());
  const refused = { name: "AlreadyExistsException", message: /mismatch with existing attribute/ };
  await assert.rejects(make({ TemplateBody: body({ Description: "another" }) }), refused);
});

test("an update makes the change sets of its stack obsolete", async () => {
  await client.send(new CreateStackCommand({ StackName: "moved", TemplateBody: body() }));
  await aws.stacks.settled();
  const other = (value: string) => body(resource({ Properties: { Type: "String", Value: value } }));
  const set = { StackName: "moved", ChangeSetName: "set" };
  await client.send(new CreateChangeSetCommand({ ...set, TemplateBody: other("2") }));
  await aws.stacks.settled();
  await client.send(new UpdateStackCommand({ StackName: "moved", TemplateBody: other("3") }));
  await aws.stacks.settled();
  assert.equal((await client.send(new DescribeChangeSetCommand(set))).ExecutionStatus, "OBSOLETE");
  await assert.rejects(
    client.send(new ExecuteChangeSetCommand(set)),
    /cannot be executed in its current execution status of \[OBSOLETE\]/,
  );
});

test("the same token does a thing once, and cannot be used for another as long as that is there", async () => {
  const stack = { StackName: "token", TemplateBody: body(), ClientRequestToken: "t1" };
  const create = async (more: object = {}) =>
    (await client.send(new CreateStackCommand({ ...stack, ...more }))).StackId;
  const first = await create();
  assert.equal(await create(), first);
  await assert.rejects(create({ DisableRollback: true }), { name: "TokenAlreadyExistsException" });
  await aws.stacks.settled();
  const set = {
    StackName: "token",
    ChangeSetName: "set",
    TemplateBody: body(resource({ Properties: { Type: "String", Value: "2" } })),
  };
  // A change set's token is no operation's.
  const prepare = async () => (await client.send(new CreateChangeSetCommand({ ...set, ClientToken: "t1" }))).Id;
  assert.equal(await prepare(), await prepare());
  await client.send(new DeleteStackCommand({ StackName: "token" }));
  await aws.stacks.settled();
  assert.notEqual(await create(), first);
});

test("an export has one stack", async () => {
  const exported = body({ Outputs: { A: { Value: "1", Export: { Name: "shared-name" } } } });
  await client.send(new CreateStackCommand({ StackName: "exporter", TemplateBody: exported }));
  await aws.stacks.settled();
  await client.send(new CreateStackCommand({ StackName: "second", TemplateBody: exported }));
  await aws.stacks.settled();
  const { Stacks: [second] = [] } = await client.send(new DescribeStacksCommand({ StackName: "second" }));
  assert.equal(second?.StackStatus, "ROLLBACK_COMPLETE");
  const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: "second" }));
  const { Exports = [] } = await client.send(new ListExportsCommand({}));
  assert.deepEqual(
    Exports.map(({ Name, ExportingStackId: id = "" }) => [Name, id.split("/")[1]]),
    [["shared-name", "exporter"]],
  );
  assert.ok(
    StackEvents.some(({ ResourceStatusReason: why }) =>
      /shared-name is already exported by stack exporter/.test(why ?? ""),
    ),
  );
});

test("change sets that are not there, and tokens of other lists, are refused", async () => {
  const gone = { StackName: "twice", ChangeSetName: "gone" };
  await assert.rejects(client.send(new DescribeChangeSetCommand(gone)), { name: "ChangeSetNotFoundException" });
  await assert.rejects(client.send(new ExecuteChangeSetCommand(gone)), { name: "ChangeSetNotFoundException" });
  const strange = new ListChangeSetsCommand({ StackName: "twice", NextToken: "eDEu" });
  await assert.rejects(client.send(strange), { name: "ValidationError" });
});

test("a summary tells parameters, types and what hides", async () => {
  const template = body({ Parameters: { Secret: { Type: "String", NoEcho: true, Default: "x" } } });
  const told = await client.send(new GetTemplateSummaryCommand({ TemplateBody: template }));
  assert.deepEqual(told.ResourceTypes, ["AWS::SSM::Parameter"]);
  assert.equal(told.Parameters?.[0]?.NoEcho, true);
});

test("an update may keep the template and values of before, and hidden values stay hidden", async () => {
  const template = (more: object = {}) =>
    body({
      Parameters: { Stage: { Type: "String" }, Secret: { Type: "String", NoEcho: true } },
      Conditions: { IsMain: { "Fn::Equals": [{ Ref: "Stage" }, "main"] } },
      Resources: { Parameter: parameter, Extra: { ...parameter, Condition: "IsMain", Metadata: { why: "main only" } } },
      ...more,
    });
  const values = (Stage: string) => [{ ParameterKey: "Stage", ParameterValue: Stage }];
  const hidden = { ParameterKey: "Secret", ParameterValue: "hush" };
  const StackName = "kept";
  await client.send(
    new CreateStackCommand({ StackName, TemplateBody: template(), Parameters: [...values("test"), hidden] }),
  );
  await aws.stacks.settled();
  const again = { ParameterKey: "Secret", UsePreviousValue: true };
  await client.send(
    new UpdateStackCommand({ StackName, UsePreviousTemplate: true, Parameters: [...values("main"), again] }),
  );
  await aws.stacks.settled();
  const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
  assert.equal(stack?.StackStatus, "UPDATE_COMPLETE");
  assert.deepEqual(
    stack.Parameters?.map(({ ParameterValue }) => ParameterValue),
    ["main", "****"],
  );
  const { StackResourceSummaries = [] } = await client.send(new ListStackResourcesCommand({ StackName }));
  assert.deepEqual(
    StackResourceSummaries.map(({ LogicalResourceId }) => LogicalResourceId),
    ["Parameter", "Extra"],
  );
  const one = await client.send(new DescribeStackResourceCommand({ StackName, LogicalResourceId: "Extra" }));
  assert.equal(one.StackResourceDetail?.Metadata, '{"why":"main only"}');
});
