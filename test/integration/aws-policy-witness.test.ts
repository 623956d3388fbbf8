import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as cfn from "@aws-sdk/client-cloudformation";
import * as iam from "@aws-sdk/client-iam";
import * as lambda from "@aws-sdk/client-lambda";
import { comparePolicies } from "../../src/iam/compare.ts";
import { neededOf } from "../../src/iam/needed.ts";
import { readsOwnPolicies } from "../../src/iam/own-policies.ts";
import { parsePolicy } from "../../src/iam/parse.ts";
import { principalOf } from "../../src/model/aws-principal.ts";
import type { Access } from "../helpers/aws/accounts.ts";
import { type Moto, startMoto } from "../helpers/aws/moto.ts";

/**
 * Moto decides by itself who may do what, and is asked for a second opinion. It looks at the names of actions only: resources
 * count for S3 alone and conditions never, and it cannot check the signatures of Lambda's GET calls, so those are left out.
 */
let moto: Moto;
let access: Access;
before(async () => {
  moto = await startMoto({ accounts: { sandbox: "111122223333" } });
  const { access: admin } = moto.account("sandbox");
  const client = new iam.IAMClient(admin);
  await client.send(new iam.CreateUserCommand({ UserName: "deployer" }));
  const { AccessKey: key } = await client.send(new iam.CreateAccessKeyCommand({ UserName: "deployer" }));
  const credentials = { accessKeyId: key?.AccessKeyId ?? "", secretAccessKey: key?.SecretAccessKey ?? "" };
  access = { ...admin, credentials };
  await moto.enforce(true);
});
after(async () => await moto?.stop());

const StackName = "absent";
const ChangeSetName = "change";
const RoleName = "absent";
const PolicyArn = "arn:aws:iam::111122223333:policy/absent";
const stacks = (command: object) => () => new cfn.CloudFormationClient(access).send(command as never);
const identities = (command: object) => () => new iam.IAMClient(access).send(command as never);
const zip = Buffer.from("504b0506000000000000000000000000000000000000", "hex");

/** Each action that is a POST, as an official client calls it. Of most, nothing is there: what counts is whether it was let in. */
const calls: Record<string, () => Promise<unknown>> = {
  "cloudformation:CreateChangeSet": stacks(
    new cfn.CreateChangeSetCommand({ StackName, ChangeSetName, TemplateBody: "{}" }),
  ),
  "cloudformation:DeleteChangeSet": stacks(new cfn.DeleteChangeSetCommand({ StackName, ChangeSetName })),
  "cloudformation:DeleteStack": stacks(new cfn.DeleteStackCommand({ StackName })),
  "cloudformation:DescribeChangeSet": stacks(new cfn.DescribeChangeSetCommand({ StackName, ChangeSetName })),
  "cloudformation:DescribeStackEvents": stacks(new cfn.DescribeStackEventsCommand({ StackName })),
  "cloudformation:DescribeStacks": stacks(new cfn.DescribeStacksCommand({ StackName })),
  "cloudformation:ExecuteChangeSet": stacks(new cfn.ExecuteChangeSetCommand({ StackName, ChangeSetName })),
  "cloudformation:GetTemplate": stacks(new cfn.GetTemplateCommand({ StackName })),
  "cloudformation:ListStackResources": stacks(new cfn.ListStackResourcesCommand({ StackName })),
  "iam:GetPolicy": identities(new iam.GetPolicyCommand({ PolicyArn })),
  "iam:GetPolicyVersion": identities(new iam.GetPolicyVersionCommand({ PolicyArn, VersionId: "v1" })),
  "iam:GetRole": identities(new iam.GetRoleCommand({ RoleName })),
  "iam:GetRolePolicy": identities(new iam.GetRolePolicyCommand({ RoleName, PolicyName: "p" })),
  "iam:ListAttachedRolePolicies": identities(new iam.ListAttachedRolePoliciesCommand({ RoleName })),
  "iam:ListRolePolicies": identities(new iam.ListRolePoliciesCommand({ RoleName })),
  "lambda:PublishLayerVersion": () =>
    new lambda.LambdaClient(access).send(
      new lambda.PublishLayerVersionCommand({ LayerName: "web", Content: { ZipFile: zip } }),
    ),
};

/** Whether moto lets a call in, with a policy that allows these actions. */
async function letsIn(action: string, allowed: readonly string[]): Promise<boolean> {
  const statement = { Effect: "Allow", Action: allowed, Resource: "*" };
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  const admin = new iam.IAMClient(moto.account("sandbox").access);
  await admin.send(new iam.PutUserPolicyCommand({ UserName: "deployer", PolicyName: "all", PolicyDocument }));
  try {
    await calls[action]?.();
    return true;
  } catch (error) {
    const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
    assert.ok($metadata?.httpStatusCode, String(error));
    return $metadata.httpStatusCode !== 403;
  }
}

test("the calls are those of the generated policy", async () => {
  const { lambdaLayer } = await import("../../src/providers/lambda-layer/index.ts");
  const principal = principalOf("arn:aws:iam::111122223333:role/absent");
  assert.ok(principal && lambdaLayer.permissions);
  const where = { account: "111122223333", region: "us-east-2" };
  const names = {
    application: "a",
    environment: "e",
    component: "c",
    target: "aws",
    values: {},
    fromOutside: [],
    at: {},
  };
  const spec = lambdaLayer.spec.parse({ name: "web" });
  const place = { ...names, source: ["web"], spec, aws: where, artifacts: { name: "b", prefix: "" } };
  const permissions = [...lambdaLayer.permissions(place), ...readsOwnPolicies(principal)];
  const posts = permissions.flatMap(({ actions }) => actions).filter((each) => !/^s3:|^lambda:(Get|List)/.test(each));
  assert.deepEqual([...new Set(posts)].sort(), Object.keys(calls).sort());
});

for (const action of Object.keys(calls))
  test(`${action}: moto and the evaluator agree on who may`, async () => {
    const all = Object.keys(calls);
    const others = all.filter((each) => each !== action);
    const sets: [allowed: string[], is: boolean][] = [
      [all, true],
      [others, false],
      [[`${action.slice(0, action.indexOf(":"))}:*`], true],
      [[action.toUpperCase()], true],
    ];
    for (const [allowed, is] of sets) {
      assert.equal(ours(action, allowed), is, `ours: ${allowed}`);
      // Moto compares names with their case; IAM does not.
      if (allowed[0] !== action.toUpperCase()) assert.equal(await letsIn(action, allowed), is, `moto: ${allowed}`);
    }
  });

function ours(action: string, allowed: readonly string[]): boolean {
  const statement = { Effect: "Allow", Action: allowed, Resource: "*" };
  const identity = [parsePolicy("p", JSON.stringify({ Version: "2012-10-17", Statement: statement }))];
  const needed = neededOf([{ actions: [action], resources: ["*"], why: "test" }], "us-east-2");
  return (
    comparePolicies(needed, { identity, boundary: null }, () => ({ values: {}, complete: true })).missing.length === 0
  );
}
