import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  CancelUpdateStackCommand,
  CloudFormationClient,
  ContinueUpdateRollbackCommand,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  ListChangeSetsCommand,
  paginateDescribeChangeSet,
  RollbackStackCommand,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import { type AwsScene, startAws } from "../helpers/aws/aws-scene.ts";
import { type StackDriver, stackDriver } from "../helpers/aws/stack-driver.ts";

let aws: AwsScene;
let client: CloudFormationClient;
let stacks: StackDriver;
before(async () => {
  aws = await startAws({ delay: 1, pageSize: 4 });
  client = new CloudFormationClient(aws.access("sandbox"));
  stacks = stackDriver(aws, client);
});
after(async () => await aws?.stop());

/** Parameters of Systems Manager by logical id; with a name of its own, another name is another resource. */
function template(values: Record<string, string | [name: string, value: string]>, more: object = {}): string {
  const resource = (value: string | [string, string]) => ({
    Type: "AWS::SSM::Parameter",
    Properties:
      typeof value === "string"
        ? { Type: "String", Value: value }
        : { Type: "String", Name: value[0], Value: value[1] },
  });
  const resources = Object.entries(values).map(([id, value]) => [id, resource(value)]);
  return JSON.stringify({ Resources: Object.fromEntries(resources), ...more });
}

const create = (name: string, body: string) =>
  stacks.deploy({ StackName: name, ChangeSetType: "CREATE", TemplateBody: body });
const update = (name: string, body: string) => stacks.deploy({ StackName: name, TemplateBody: body });

test("a new stack is reviewed, made, and has its events in order", async () => {
  const names = { StackName: "fresh", ChangeSetName: "first" };
  const made = await stacks.prepare({ ...names, ChangeSetType: "CREATE", TemplateBody: template({ A: "1" }) });
  assert.deepEqual([made.Status, made.ExecutionStatus], ["CREATE_COMPLETE", "AVAILABLE"]);
  assert.equal((await stacks.stack("fresh")).StackStatus, "REVIEW_IN_PROGRESS");
  await client.send(new ExecuteChangeSetCommand(names));
  await aws.stacks.settled();
  const expected = [
    "fresh REVIEW_IN_PROGRESS",
    "fresh CREATE_IN_PROGRESS",
    "A CREATE_IN_PROGRESS",
    "A CREATE_IN_PROGRESS",
    "A CREATE_COMPLETE",
    "fresh CREATE_COMPLETE",
  ];
  assert.deepEqual(await stacks.events("fresh"), expected);
  assert.equal((await stacks.stack("fresh")).ChangeSetId, made.ChangeSetId);
});

test("events come newest first, in pages", async () => {
  const first = await client.send(new DescribeStackEventsCommand({ StackName: "fresh" }));
  assert.deepEqual([first.StackEvents?.length, first.StackEvents?.[0]?.ResourceStatus], [4, "CREATE_COMPLETE"]);
  const rest = await client.send(new DescribeStackEventsCommand({ StackName: "fresh", NextToken: first.NextToken }));
  assert.deepEqual([rest.StackEvents?.length, rest.NextToken], [2, undefined]);
});

test("a change set tells what it would add, change, replace and remove, in pages", async () => {
  await create("changes", template({ Kept: "1", Changed: "1", Replaced: ["/one", "1"], Removed: "1" }));
  await stacks.events("changes");
  const next = template({ Kept: "1", Changed: "2", Replaced: ["/two", "1"], Added: "1", Other: "1" });
  const names = { StackName: "changes", ChangeSetName: "next" };
  await stacks.prepare({ ...names, TemplateBody: next });
  const told: string[] = [];
  for await (const page of paginateDescribeChangeSet({ client }, names)) {
    assert.ok((page.Changes?.length ?? 0) <= 4);
    told.push(
      ...(page.Changes ?? []).map(({ ResourceChange: one }) =>
        [one?.Action, one?.LogicalResourceId, one?.Replacement].join(" ").trim(),
      ),
    );
  }
  assert.deepEqual(told, ["Modify Changed False", "Modify Replaced True", "Add Added", "Add Other", "Remove Removed"]);
  await client.send(new ExecuteChangeSetCommand(names));
  await aws.stacks.settled();
  const events = await stacks.events("changes");
  const cleanup = events.indexOf("changes UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
  assert.ok(events.indexOf("Added CREATE_COMPLETE") < cleanup && events.indexOf("Replaced UPDATE_COMPLETE") < cleanup);
  assert.ok(
    events.indexOf("Removed DELETE_COMPLETE") > cleanup && events.indexOf("Replaced DELETE_COMPLETE") > cleanup,
  );
  assert.equal(events.at(-1), "changes UPDATE_COMPLETE");
  const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName: "changes" }));
  assert.equal(StackResources.find(({ LogicalResourceId: id }) => id === "Replaced")?.PhysicalResourceId, "/two");
});

test("a property that depends on a replaced resource is replaced conditionally", async () => {
  const linked = (name: string) => {
    const pair = JSON.parse(template({ A: [name, "1"], B: ["/b", "1"] }));
    pair.Resources.B.Properties.Name = { "Fn::Sub": "$" + "{A}/child" };
    return JSON.stringify(pair);
  };
  await create("linked", linked("/parent"));
  const made = await stacks.prepare({ StackName: "linked", ChangeSetName: "set", TemplateBody: linked("/other") });
  const child = made.Changes?.find(({ ResourceChange: one }) => one?.LogicalResourceId === "B")?.ResourceChange;
  assert.deepEqual([child?.Replacement, child?.Details?.[0]?.Evaluation], ["Conditional", "Dynamic"]);
});

test("a change set without changes fails with the service's own words, and outputs alone are a change", async () => {
  const nothing = await stacks.prepare({
    StackName: "fresh",
    ChangeSetName: "nothing",
    TemplateBody: template({ A: "1" }),
  });
  assert.deepEqual([nothing.Status, nothing.ExecutionStatus], ["FAILED", "UNAVAILABLE"]);
  assert.match(nothing.StatusReason ?? "", /^The submitted information didn't contain changes\./);
  const outputs = await update("fresh", template({ A: "1" }, { Outputs: { Id: { Value: { Ref: "A" } } } }));
  assert.deepEqual([outputs.StackStatus, outputs.Outputs?.length], ["UPDATE_COMPLETE", 1]);
});

test("an executed change set takes the others with it; an abandoned one leaves the stack in review", async () => {
  for (const name of ["one", "two"])
    await stacks.prepare({ StackName: "fresh", ChangeSetName: name, TemplateBody: template({ A: name }) });
  await client.send(new ExecuteChangeSetCommand({ StackName: "fresh", ChangeSetName: "one" }));
  await aws.stacks.settled();
  await assert.rejects(client.send(new DescribeChangeSetCommand({ StackName: "fresh", ChangeSetName: "two" })), {
    name: "ChangeSetNotFoundException",
  });
  const names = { StackName: "abandoned", ChangeSetName: "set" };
  await stacks.prepare({ ...names, ChangeSetType: "CREATE", TemplateBody: template({ A: "1" }) });
  await client.send(new DeleteChangeSetCommand(names));
  assert.deepEqual((await client.send(new ListChangeSetsCommand({ StackName: "abandoned" }))).Summaries ?? [], []);
  assert.equal((await stacks.stack("abandoned")).StackStatus, "REVIEW_IN_PROGRESS");
  await assert.rejects(
    client.send(new UpdateStackCommand({ StackName: "abandoned", TemplateBody: template({ A: "1" }) })),
    /REVIEW_IN_PROGRESS state and can not be updated/,
  );
  await client.send(new DeleteStackCommand({ StackName: "abandoned" }));
  await aws.stacks.settled();
  await assert.rejects(stacks.stack("abandoned"), /does not exist/);
});

test("a creation that fails is rolled back, and such a stack can only be deleted", async () => {
  aws.stacks.fail({ logicalId: "B", on: "create", reason: "no luck" });
  const failed = await create("unlucky", template({ A: "1", B: "1" }));
  assert.equal(failed.StackStatus, "ROLLBACK_COMPLETE");
  assert.deepEqual(await stacks.reasons("unlucky", "CREATE_FAILED"), ["no luck"]);
  const [why] = await stacks.reasons("unlucky", "ROLLBACK_IN_PROGRESS");
  assert.equal(why, "The following resource(s) failed to create: [B]. Rollback requested by user.");
  const again = { StackName: "unlucky", TemplateBody: template({ A: "1" }) };
  const refused = /Stack:arn:aws:cloudformation:\S+ is in ROLLBACK_COMPLETE state and can not be updated\.$/;
  await assert.rejects(client.send(new UpdateStackCommand(again)), refused);
  await assert.rejects(client.send(new CreateChangeSetCommand({ ...again, ChangeSetName: "set" })), refused);
  await client.send(new DeleteStackCommand({ StackName: "unlucky" }));
  await aws.stacks.settled();
  const { Stacks: [gone] = [] } = await client.send(new DescribeStacksCommand({ StackName: failed.StackId }));
  assert.equal(gone?.StackStatus, "DELETE_COMPLETE");
});

test("a rollback that fails too ends in ROLLBACK_FAILED", async () => {
  aws.stacks.fail({ logicalId: "B", on: "create", reason: "no luck" });
  aws.stacks.fail({ logicalId: "A", on: "delete", reason: "in use" });
  const { StackStatus, StackStatusReason } = await create("stuck", template({ A: "1", B: "1" }));
  assert.deepEqual(
    [StackStatus, StackStatusReason?.trim()],
    ["ROLLBACK_FAILED", "The following resource(s) failed to delete: [A]."],
  );
});

test("an update that fails brings everything back, and tells why", async () => {
  await create("update", template({ A: "1", B: "1", C: ["/c-one", "1"] }));
  await stacks.events("update");
  aws.stacks.fail({ logicalId: "D", on: "create", reason: "quota" });
  const failed = await update("update", template({ A: "2", C: ["/c-two", "1"], D: "1" }));
  assert.equal(failed.StackStatus, "UPDATE_ROLLBACK_COMPLETE");
  const events = await stacks.events("update");
  const back = events.indexOf("update UPDATE_ROLLBACK_IN_PROGRESS");
  assert.ok(events.indexOf("D CREATE_FAILED") < back);
  assert.ok(events.indexOf("A UPDATE_COMPLETE", back) > back);
  assert.ok(
    events.indexOf("C DELETE_COMPLETE") > events.indexOf("update UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
  );
  const same = await stacks.prepare({
    StackName: "update",
    ChangeSetName: "same",
    TemplateBody: template({ A: "1", B: "1", C: ["/c-one", "1"] }),
  });
  assert.equal(same.Status, "FAILED");
  assert.deepEqual(await stacks.drift("update"), { A: "IN_SYNC", B: "IN_SYNC", C: "IN_SYNC" });
});

test("a stuck rollback ends in UPDATE_ROLLBACK_FAILED, refuses updates, and goes on when its resource is skipped", async () => {
  await create("half", template({ A: "1", B: "1" }));
  aws.stacks.fail({ logicalId: "B", on: "update", reason: "quota" });
  aws.stacks.fail({ logicalId: "A", on: "rollback", reason: "gone" });
  const failed = await update("half", template({ A: "2", B: "2" }));
  assert.equal(failed.StackStatus, "UPDATE_ROLLBACK_FAILED");
  await assert.rejects(
    update("half", template({ A: "3", B: "1" })),
    /UPDATE_ROLLBACK_FAILED state and can not be updated/,
  );
  const wrong = new ContinueUpdateRollbackCommand({ StackName: "half", ResourcesToSkip: ["B"] });
  await assert.rejects(client.send(wrong), /not in UPDATE_FAILED state/);
  await client.send(new ContinueUpdateRollbackCommand({ StackName: "half", ResourcesToSkip: ["A"] }));
  await aws.stacks.settled();
  assert.equal((await stacks.stack("half")).StackStatus, "UPDATE_ROLLBACK_COMPLETE");
});

test("without rollback a failure stays, until it is asked to roll back", async () => {
  aws.stacks.fail({ stack: "stays", logicalId: "A", on: "create", reason: "no luck" });
  const stays = { StackName: "stays", TemplateBody: template({ A: "1" }) };
  await client.send(new CreateStackCommand({ ...stays, DisableRollback: true }));
  await aws.stacks.settled();
  assert.equal((await stacks.stack("stays")).StackStatus, "CREATE_FAILED");
  await client.send(new RollbackStackCommand({ StackName: "stays" }));
  await aws.stacks.settled();
  assert.equal((await stacks.stack("stays")).StackStatus, "ROLLBACK_COMPLETE");

  await create("later", template({ A: "1" }));
  aws.stacks.fail({ logicalId: "A", on: "update", reason: "no luck" });
  await client.send(
    new UpdateStackCommand({ StackName: "later", TemplateBody: template({ A: "2" }), DisableRollback: true }),
  );
  await aws.stacks.settled();
  assert.equal((await stacks.stack("later")).StackStatus, "UPDATE_FAILED");
  await assert.rejects(update("later", template({ A: "3" })), /is in UPDATE_FAILED state and can not be updated/);
  await client.send(new RollbackStackCommand({ StackName: "later" }));
  await aws.stacks.settled();
  assert.equal((await stacks.stack("later")).StackStatus, "UPDATE_ROLLBACK_COMPLETE");
});

test("a stack that is held in a state refuses what cannot be done in it, and can be cancelled", async () => {
  await create("held", template({ A: "1" }));
  const hold = aws.stacks.hold("held", "UPDATE_IN_PROGRESS");
  await client.send(new UpdateStackCommand({ StackName: "held", TemplateBody: template({ A: "2", B: "1" }) }));
  await hold.reached;
  const refused = /is in UPDATE_IN_PROGRESS state and can not be updated/;
  const next = { StackName: "held", TemplateBody: template({ A: "3" }) };
  await assert.rejects(client.send(new UpdateStackCommand(next)), refused);
  await assert.rejects(client.send(new CreateChangeSetCommand({ ...next, ChangeSetName: "set" })), refused);
  await client.send(new CancelUpdateStackCommand({ StackName: "held" }));
  hold.release();
  await aws.stacks.settled();
  assert.equal((await stacks.stack("held")).StackStatus, "UPDATE_ROLLBACK_COMPLETE");
  await assert.rejects(
    client.send(new CancelUpdateStackCommand({ StackName: "held" })),
    /cannot be called from current stack status/,
  );
});

test("what cannot be cleaned up does not undo an update, and what cannot be deleted keeps a stack", async () => {
  await create("sticky", template({ A: "1", B: "1" }));
  aws.stacks.fail({ logicalId: "B", on: "delete", reason: "in use" });
  const { StackStatus, StackStatusReason } = await update("sticky", template({ A: "1" }));
  assert.deepEqual(
    [StackStatus, StackStatusReason],
    ["UPDATE_COMPLETE", "One or more resources could not be deleted."],
  );
  aws.stacks.fail({ logicalId: "A", on: "delete", reason: "in use" });
  await client.send(new DeleteStackCommand({ StackName: "sticky" }));
  await aws.stacks.settled();
  assert.equal((await stacks.stack("sticky")).StackStatus, "DELETE_FAILED");
  await client.send(new DeleteStackCommand({ StackName: "sticky", RetainResources: ["A"] }));
  await aws.stacks.settled();
  await assert.rejects(stacks.stack("sticky"), /does not exist/);
});

test("a protected stack is not deleted, and one that is not there counts as deleted", async () => {
  const guarded = { StackName: "guarded", TemplateBody: template({ A: "1" }), EnableTerminationProtection: true };
  await client.send(new CreateStackCommand(guarded));
  await aws.stacks.settled();
  await assert.rejects(
    client.send(new DeleteStackCommand({ StackName: "guarded" })),
    /TerminationProtection is enabled/,
  );
  await client.send(new DeleteStackCommand({ StackName: "never-was" }));
});
