import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  CloudFormationClient,
  DeleteStackCommand,
  DescribeStackDriftDetectionStatusCommand,
  DescribeStackResourcesCommand,
  DetectStackDriftCommand,
  GetTemplateCommand,
  ListStacksCommand,
} from "@aws-sdk/client-cloudformation";
import {
  DeleteLayerVersionCommand,
  GetFunctionConfigurationCommand,
  GetLayerVersionCommand,
  GetLayerVersionPolicyCommand,
  LambdaClient,
  ListLayerVersionsCommand,
  paginateListLayerVersions,
} from "@aws-sdk/client-lambda";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { type AwsScene, startAws } from "../helpers/aws/aws-scene.ts";
import { layerTemplate, zipOf } from "../helpers/aws/layer-template.ts";
import { motoPython } from "../helpers/aws/python.ts";
import { type StackDriver, stackDriver } from "../helpers/aws/stack-driver.ts";
import { makeBucket } from "../helpers/aws/things.ts";

let aws: AwsScene;
let client: CloudFormationClient;
let lambda: LambdaClient;
let stacks: StackDriver;
const denied = new Set<string>();
before(async () => {
  aws = await startAws({ delay: 1, permit: (_principal, action) => !denied.has(action) });
  client = new CloudFormationClient(aws.access("sandbox"));
  lambda = new LambdaClient(aws.access("sandbox"));
  stacks = stackDriver(aws, client);
  for (const account of ["sandbox", "production"]) {
    const s3 = new S3Client(aws.access(account));
    const Bucket = `layers-${account}`;
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "us-east-2" } }));
    for (const name of ["a", "b"])
      await s3.send(new PutObjectCommand({ Bucket, Key: `${name}.zip`, Body: zipOf(name) }));
    await s3.send(new PutObjectCommand({ Bucket, Key: "text.zip", Body: "no zip" }));
    await s3.send(new PutObjectCommand({ Bucket, Key: "empty.zip", Body: zipOf("a").subarray(-22).fill(0, 4) }));
  }
});
after(async () => await aws?.stop());

const bucket = "layers-sandbox";
const arn = (name: string, number: number) => `arn:aws:lambda:us-east-2:111122223333:layer:${name}:${number}`;
const create = (name: string, body: string, more: object = {}) =>
  stacks.deploy({ StackName: name, ChangeSetType: "CREATE", TemplateBody: body, ...more });
const versions = async (name: string) =>
  ((await lambda.send(new ListLayerVersionsCommand({ LayerName: name }))).LayerVersions ?? []).map(
    ({ Version }) => Version,
  );

test("a layer is published under its name, with the zip's digest, and the output is its ARN", async () => {
  const made = await create("one", layerTemplate(bucket, { A: "a.zip" }, "A", "one"));
  assert.equal(made.Outputs?.[0]?.OutputValue, arn("one", 1));
  const live = await lambda.send(new GetLayerVersionCommand({ LayerName: "one", VersionNumber: 1 }));
  assert.equal(live.Content?.CodeSha256, createHash("sha256").update(zipOf("a")).digest("base64"));
  assert.deepEqual([live.Description, live.CompatibleRuntimes], ["from a.zip", ["python3.12"]]);
});

test("a rollback to a version that is kept moves the output and publishes nothing", async () => {
  const both = { A: "a.zip", B: "b.zip" };
  const second = await stacks.deploy({ StackName: "one", TemplateBody: layerTemplate(bucket, both, "B", "one") });
  assert.equal(second.Outputs?.[0]?.OutputValue, arn("one", 2));
  const back = { StackName: "one", ChangeSetName: "back", TemplateBody: layerTemplate(bucket, both, "A", "one") };
  const planned = await stacks.prepare(back);
  assert.deepEqual([planned.Status, planned.Changes ?? []], ["CREATE_COMPLETE", []]);
  const { Outputs } = await stacks.deploy({ StackName: back.StackName, TemplateBody: back.TemplateBody });
  assert.equal(Outputs?.[0]?.OutputValue, arn("one", 1));
  assert.deepEqual((await versions("one")).toSorted(), [1, 2]);
});

test("a version whose resource goes is kept where its policy says Retain, and deleted where it does not", async () => {
  await stacks.events("one");
  await stacks.deploy({ StackName: "one", TemplateBody: layerTemplate(bucket, { B: "b.zip" }, "B", "one") });
  assert.ok((await stacks.events("one")).includes("A DELETE_SKIPPED"));
  assert.deepEqual((await versions("one")).toSorted(), [1, 2]);
  const plain = (key: string) => layerTemplate(bucket, { A: key }, "A", "plain").replaceAll('"Retain"', '"Delete"');
  await create("plain", plain("a.zip"));
  const replaced = await stacks.deploy({ StackName: "plain", TemplateBody: plain("b.zip") });
  assert.equal(replaced.Outputs?.[0]?.OutputValue, arn("plain", 2));
  assert.deepEqual(await versions("plain"), [2]);
});

test("an object that is not there, or is no zip, fails the update with Lambda's reason and publishes nothing", async () => {
  for (const [key, reason] of [
    ["gone.zip", /S3 Error Code: NoSuchKey\. S3 Error Message: The specified key does not exist\./],
    ["text.zip", /Could not unzip uploaded file/],
    ["empty.zip", /Uploaded file must be a non-empty zip/],
  ] as const) {
    const failed = await stacks.deploy({
      StackName: "one",
      TemplateBody: layerTemplate(bucket, { B: "b.zip", C: key }, "C", "one"),
    });
    assert.deepEqual(
      [failed.StackStatus, failed.Outputs?.[0]?.OutputValue],
      ["UPDATE_ROLLBACK_COMPLETE", arn("one", 2)],
    );
    assert.match((await stacks.reasons("one", "CREATE_FAILED")).at(-1) ?? "", reason);
  }
  assert.deepEqual(await versions("one"), [2, 1]);
});

test("a bucket that is another account's, nobody's, or of another region is not read", async () => {
  await makeBucket({ ...aws.access("sandbox"), region: "us-west-2" }, "layers-west");
  for (const [name, reason] of [
    ["layers-production", /S3 Error Code: AccessDenied/],
    ["layers-of-nobody", /S3 Error Code: NoSuchBucket/],
    ["layers-west", /S3 Error Code: PermanentRedirect.* The bucket is in this region: us-west-2\./],
  ] as const) {
    await create(`${name}-stack`, layerTemplate(name, { A: "a.zip" }, "A", "foreign"));
    assert.match((await stacks.reasons(`${name}-stack`, "CREATE_FAILED"))[0] ?? "", reason);
  }
});

test("versions are listed newest first, in pages", async () => {
  const pages: (number | undefined)[][] = [];
  for await (const page of paginateListLayerVersions({ client: lambda, pageSize: 1 }, { LayerName: "one" }))
    pages.push((page.LayerVersions ?? []).map(({ Version }) => Version));
  assert.deepEqual(pages, [[2], [1]]);
});

test("what the caller may not do fails with the words of a refusal", async () => {
  denied.add("lambda:PublishLayerVersion");
  const failed = await create("denied", layerTemplate(bucket, { A: "a.zip" }, "A", "denied"));
  denied.clear();
  assert.equal(failed.StackStatus, "ROLLBACK_COMPLETE");
  const [reason] = await stacks.reasons("denied", "CREATE_FAILED");
  assert.match(
    reason ?? "",
    /user\/admin is not authorized to perform: lambda:PublishLayerVersion on resource: arn:aws:lambda:us-east-2:111122223333:layer:denied/,
  );
});

test("a stack is taken away in the name of who asks for it, or of the role that is named", async () => {
  const plain = layerTemplate(bucket, { A: "a.zip" }, "A", "leaving").replaceAll('"Retain"', '"Delete"');
  await create("leaving", plain);
  const reason = async () => (await stacks.reasons("leaving", "DELETE_FAILED"))[0] ?? "";
  denied.add("lambda:DeleteLayerVersion");
  const asRole = new CloudFormationClient({ ...aws.access("sandbox"), credentials: await roleKeys() });
  await asRole.send(new DeleteStackCommand({ StackName: "leaving" }));
  await aws.stacks.settled();
  denied.clear();
  assert.match(await reason(), /assumed-role\/deploy\/test is not authorized to perform: lambda:DeleteLayerVersion/);
  assert.deepEqual(await versions("leaving"), [1]);
});

async function roleKeys() {
  const request = { RoleArn: aws.moto.account("sandbox").role, RoleSessionName: "test" };
  const { Credentials: given } = await new STSClient(aws.access("sandbox")).send(new AssumeRoleCommand(request));
  const {
    AccessKeyId: accessKeyId = "",
    SecretAccessKey: secretAccessKey = "",
    SessionToken: sessionToken = "",
  } = given ?? {};
  return { accessKeyId, secretAccessKey, sessionToken };
}

test("drift tells a version that was deleted from one that is there", async () => {
  await create("drift", layerTemplate(bucket, { A: "a.zip", B: "b.zip" }, "A", "drift"));
  assert.deepEqual(await stacks.drift("drift"), { A: "IN_SYNC", B: "IN_SYNC" });
  await lambda.send(new DeleteLayerVersionCommand({ LayerName: "drift", VersionNumber: 2 }));
  assert.deepEqual(await stacks.drift("drift"), { A: "IN_SYNC", B: "DELETED" });
  const { StackDriftDetectionId } = await client.send(new DetectStackDriftCommand({ StackName: "drift" }));
  await aws.stacks.settled();
  const told = await client.send(new DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId }));
  assert.deepEqual(
    [told.DetectionStatus, told.StackDriftStatus, told.DriftedStackResourceCount],
    ["DETECTION_COMPLETE", "DRIFTED", 1],
  );
});

test("drift is not looked for, or not read, without the permissions for it", async () => {
  for (const action of ["cloudformation:DetectStackResourceDrift", "cloudformation:BatchDescribeTypeConfigurations"]) {
    denied.add(action);
    await assert.rejects(stacks.drift("drift"), { name: "AccessDenied", message: new RegExp(action) });
    denied.clear();
  }
  denied.add("lambda:GetLayerVersion");
  const { StackDriftDetectionId } = await client.send(new DetectStackDriftCommand({ StackName: "drift" }));
  await aws.stacks.settled();
  denied.clear();
  const told = await client.send(new DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId }));
  assert.equal(told.DetectionStatus, "DETECTION_FAILED");
  assert.match(told.DetectionStatusReason ?? "", /not authorized to perform: lambda:GetLayerVersion/);
});

test("stacks of one account are not seen from another, nor from another region", async () => {
  const production = new CloudFormationClient(aws.access("production"));
  const elsewhere = new CloudFormationClient({ ...aws.access("sandbox"), region: "eu-west-1" });
  for (const other of [production, elsewhere])
    assert.deepEqual((await other.send(new ListStacksCommand({}))).StackSummaries ?? [], []);
  const made = await stackDriver(aws, production).deploy({
    StackName: "one",
    ChangeSetType: "CREATE",
    TemplateBody: layerTemplate("layers-production", { A: "a.zip" }, "A", "one"),
  });
  assert.equal(made.Outputs?.[0]?.OutputValue, "arn:aws:lambda:us-east-2:444455556666:layer:one:1");
});

const sam = `
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Bucket: { Type: String }
Resources:
  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties:
      LayerName: sam
      ContentUri: { Bucket: !Ref Bucket, Key: a.zip }
      CompatibleRuntimes: [python3.12]
      RetentionPolicy: Retain
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: worker
      Handler: app.handler
      Runtime: python3.12
      CodeUri: { Bucket: !Ref Bucket, Key: b.zip }
      Layers: [!Ref Layer]
Outputs:
  LayerArn: { Value: !Ref Layer }
  FunctionArn: { Value: !GetAtt Worker.Arn }
`;
const samRequest = { TemplateBody: sam, Parameters: [{ ParameterKey: "Bucket", ParameterValue: bucket }] };

test("a SAM template becomes a layer and a function that uses it", async () => {
  const made = await create("sam", sam, { ...samRequest, Capabilities: ["CAPABILITY_IAM"] });
  const outputs = Object.fromEntries(
    (made.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
  );
  assert.equal(outputs.LayerArn, arn("sam", 1));
  const worker = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: "worker" }));
  assert.deepEqual(
    worker.Layers?.map(({ Arn }) => Arn),
    [arn("sam", 1)],
  );
  const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName: "sam" }));
  assert.ok(StackResources.some(({ LogicalResourceId: id }) => /^Layer[0-9a-f]{10}$/.test(id ?? "")));
  const original = await client.send(new GetTemplateCommand({ StackName: "sam", TemplateStage: "Original" }));
  assert.equal(original.TemplateBody, sam);
  const processed = await client.send(new GetTemplateCommand({ StackName: "sam", TemplateStage: "Processed" }));
  assert.match(processed.TemplateBody ?? "", /AWS::Lambda::LayerVersion/);
  const same = await stacks.prepare({
    StackName: "sam",
    ChangeSetName: "same",
    ...samRequest,
    Capabilities: ["CAPABILITY_IAM"],
  });
  assert.deepEqual([same.Status, same.StatusReason], ["FAILED", "No updates are to be performed."]);
});

test("a SAM template needs a permission for its transform", async () => {
  denied.add("cloudformation:CreateChangeSet");
  const set = { StackName: "no-transform", ChangeSetName: "set", ChangeSetType: "CREATE" as const, ...samRequest };
  const made = await stacks.prepare(set);
  denied.clear();
  assert.equal(made.Status, "FAILED");
  assert.match(
    made.StatusReason ?? "",
    /on resource: arn:aws:cloudformation:us-east-2:aws:transform\/Serverless-2016-10-31$/,
  );
});

test("a SAM template that the translator refuses is a failed change set with its words", async () => {
  const wrong = { StackName: "wrong-sam", ChangeSetName: "set", ChangeSetType: "CREATE" as const, ...samRequest };
  const made = await stacks.prepare({ ...wrong, TemplateBody: sam.replace("LayerName: sam", "LayrName: sam") });
  assert.equal(made.Status, "FAILED");
  assert.match(made.StatusReason ?? "", /^Transform AWS::Serverless-2016-10-31 failed with: .*Layer.*LayrName/s);
});

test("a bucket, a permission on a layer and a template in YAML from S3", async () => {
  const yaml = `
Resources:
  Store: { Type: AWS::S3::Bucket, Properties: { BucketName: !Sub "store-\${AWS::AccountId}", VersioningConfiguration: { Status: Enabled } } }
  Layer:
    Type: AWS::Lambda::LayerVersion
    Properties: { LayerName: given, Content: { S3Bucket: ${bucket}, S3Key: a.zip } }
  Use: { Type: AWS::Lambda::LayerVersionPermission, Properties: { Action: "lambda:GetLayerVersion", LayerVersionArn: !Ref Layer, Principal: "444455556666" } }
Outputs:
  StoreArn: { Value: !GetAtt Store.Arn }
  Joined: { Value: !Join ["-", [!Select [1, !Split [",", "a,b"]], !Ref "AWS::Region"]] }
`;
  await new S3Client(aws.access("sandbox")).send(new PutObjectCommand({ Bucket: bucket, Key: "t.yaml", Body: yaml }));
  const at = { TemplateURL: `https://${bucket}.s3.us-east-2.amazonaws.com/t.yaml` };
  const made = await stacks.deploy({ StackName: "mixed", ChangeSetType: "CREATE", ...at });
  assert.deepEqual(
    made.Outputs?.map(({ OutputValue }) => OutputValue),
    ["arn:aws:s3:::store-111122223333", "b-us-east-2"],
  );
  const { Policy } = await lambda.send(new GetLayerVersionPolicyCommand({ LayerName: "given", VersionNumber: 1 }));
  assert.match(Policy ?? "", /444455556666/);
  assert.deepEqual(await stacks.drift("mixed"), { Store: "IN_SYNC", Layer: "IN_SYNC", Use: "IN_SYNC" });
});

test("cfn-lint judges the templates as the server does", () => {
  const generated = layerTemplate(bucket, { A: "a.zip", B: "b.zip" }, "B");
  const dangling = generated.replace('{"Ref":"B"}', '{"Ref":"C"}');
  const strange = generated.replaceAll('"LayerName"', '"LayrName"');
  assert.deepEqual(judge([generated, sam, dangling, strange]), [[], [], ["E6101"], ["E3002", "E3002"]]);
});

/** The errors that cfn-lint finds in each template, by its codes. */
function judge(templates: string[]): string[][] {
  const folder = mkdtempSync(join(tmpdir(), "landfall-lint-"));
  try {
    const files = templates.map((_text, at) => join(folder, `${at}.yaml`));
    for (const [at, file] of files.entries()) writeFileSync(file, templates[at] ?? "");
    return JSON.parse(execFileSync(motoPython(), ["-c", lint, ...files], { encoding: "utf8" }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const lint = `
import json, sys
from pathlib import Path
from cfnlint.api import lint_file
found = [[match.rule.id for match in lint_file(Path(name)) if match.rule.severity == "error"] for name in sys.argv[1:]]
print(json.dumps(found))
`;
