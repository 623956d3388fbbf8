import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  GetLayerVersionCommand,
  LambdaClient,
  ListLayerVersionsCommand,
  PublishLayerVersionCommand,
} from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { fromTokenFile } from "@aws-sdk/credential-providers";
import { type Enforcer, startEnforcer } from "../helpers/aws/enforcer.ts";
import { type Moto, startMoto } from "../helpers/aws/moto.ts";

const bucket = "enforced-artifacts";
const layer = "arn:aws:lambda:us-east-2:111122223333:layer:web";
const allow = (action: string | string[], resource: string | string[], condition?: object) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: action, Resource: resource, ...(condition ? { Condition: condition } : {}) }],
});
const inOhio = { StringEquals: { "aws:RequestedRegion": "us-east-2" } };

const withStatus = (status: number) => (error: { $metadata?: { httpStatusCode?: number } }) =>
  error.$metadata?.httpStatusCode === status;

let moto: Moto;
let enforcer: Enforcer;
let admin: string;
before(async () => {
  moto = await startMoto();
  const { access, id } = moto.account("sandbox");
  admin = `arn:aws:iam::${id}:user/admin`;
  enforcer = await startEnforcer({ target: moto.url, keys: { [access.credentials.accessKeyId]: admin } });
  const configuration = { LocationConstraint: "us-east-2" } as const;
  const direct = new S3Client({ ...access, forcePathStyle: true });
  await direct.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: configuration }));
});
after(async () => {
  try {
    await assert.rejects(enforcer.close(), /does not know lambda: DELETE/);
  } finally {
    await moto?.stop();
  }
});
beforeEach(() => {
  enforcer.grant(admin, []);
  enforcer.forget();
});

const access = () => ({ ...moto.account("sandbox").access, endpoint: enforcer.url, maxAttempts: 1 });
const s3 = () => new S3Client({ ...access(), forcePathStyle: true });
const lambda = (region = "us-east-2") => new LambdaClient({ ...access(), region });
const zip = Buffer.from("504b0506000000000000000000000000000000000000", "hex");
const publish = () => new PublishLayerVersionCommand({ LayerName: "web", Content: { ZipFile: zip } });

test("without a policy nothing is let through, and each service refuses in its own words", async () => {
  const put = new PutObjectCommand({ Bucket: bucket, Key: "a", Body: "x" });
  await assert.rejects(s3().send(put), { name: "AccessDenied" });
  await assert.rejects(lambda().send(publish()), { name: "AccessDeniedException" });
  const refused = {
    name: "AccessDenied",
    message: /not authorized to perform: iam:GetRole on resource: .*:role\/deploy/,
  };
  await assert.rejects(new IAMClient(access()).send(new GetRoleCommand({ RoleName: "deploy" })), refused);
  const stacks = new CloudFormationClient(access());
  await assert.rejects(stacks.send(new DescribeStacksCommand({ StackName: "x" })), { name: "AccessDenied" });
  await assert.rejects(s3().send(new HeadObjectCommand({ Bucket: bucket, Key: "a" })), withStatus(403));
  assert.deepEqual(enforcer.writes(), []);
  assert.equal(enforcer.decided.length, 5);
});

test("who one is may always be asked", async () => {
  const { Account } = await new STSClient(access()).send(new GetCallerIdentityCommand({}));
  assert.equal(Account, "111122223333");
});

test("what a policy allows goes through unchanged, and is counted", async () => {
  enforcer.grant(admin, [
    allow(["s3:PutObject", "s3:GetObject"], `arn:aws:s3:::${bucket}/web/*`, inOhio),
    allow("lambda:PublishLayerVersion", layer, inOhio),
    allow("lambda:GetLayerVersion", `${layer}:*`, inOhio),
    allow("lambda:ListLayerVersions", "*"),
  ]);
  await s3().send(new PutObjectCommand({ Bucket: bucket, Key: "web/a b+c.zip", Body: "content", IfNoneMatch: "*" }));
  const { Body } = await s3().send(new GetObjectCommand({ Bucket: bucket, Key: "web/a b+c.zip" }));
  assert.equal(await Body?.transformToString(), "content");
  const { Version } = await lambda().send(publish());
  await lambda().send(new GetLayerVersionCommand({ LayerName: "web", VersionNumber: Version }));
  await lambda().send(new ListLayerVersionsCommand({ LayerName: "web" }));
  assert.deepEqual(
    enforcer.writes().map(({ action, resource }) => `${action} ${resource}`),
    [`s3:PutObject arn:aws:s3:::${bucket}/web/a b+c.zip`, `lambda:PublishLayerVersion ${layer}`],
  );
});

test("another key, another region and an explicit deny are refused", async () => {
  enforcer.grant(admin, [allow("s3:PutObject", `arn:aws:s3:::${bucket}/web/*`), allow("lambda:*", "*", inOhio)]);
  const put = new PutObjectCommand({ Bucket: bucket, Key: "other/a", Body: "x" });
  await assert.rejects(s3().send(put), { name: "AccessDenied" });
  await assert.rejects(lambda("eu-west-1").send(publish()), { name: "AccessDeniedException" });
  const deny = { Version: "2012-10-17", Statement: [{ Effect: "Deny", Action: "lambda:Publish*", Resource: "*" }] };
  enforcer.grant(admin, [allow("lambda:*", "*"), deny]);
  await assert.rejects(lambda().send(publish()), { message: /explicit deny/ });
  assert.deepEqual(enforcer.writes(), []);
});

test("whether an object is there is told only to who may list the bucket", async () => {
  const head = () => s3().send(new HeadObjectCommand({ Bucket: bucket, Key: "nothing" }));
  const get = allow("s3:GetObject", `arn:aws:s3:::${bucket}/*`);
  enforcer.grant(admin, [get]);
  await assert.rejects(head, withStatus(403));
  enforcer.grant(admin, [get, allow("s3:ListBucket", `arn:aws:s3:::${bucket}`)]);
  await assert.rejects(head, withStatus(404));
});

test("the session of a role has the role's policies", async () => {
  const { role } = moto.account("sandbox");
  enforcer.grant(admin, [allow("sts:AssumeRole", role)]);
  enforcer.grant(role, [allow("lambda:PublishLayerVersion", layer)]);
  const sts = new STSClient(access());
  const { Credentials: given } = await sts.send(new AssumeRoleCommand({ RoleArn: role, RoleSessionName: "test" }));
  assert.ok(given?.AccessKeyId && given.SecretAccessKey && given.SessionToken);
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = given;
  const credentials = { accessKeyId, secretAccessKey, sessionToken };
  await new LambdaClient({ ...access(), credentials }).send(publish());
  await assert.rejects(lambda().send(publish()), { name: "AccessDeniedException" });
  assert.deepEqual(
    enforcer.writes().map(({ principal }) => principal),
    [role],
  );
});

test("a job with a token of GitHub's has the policies of the role that it enters", async () => {
  const { role } = moto.account("sandbox");
  enforcer.grant(role, [allow("lambda:PublishLayerVersion", layer)]);
  const { AWS_WEB_IDENTITY_TOKEN_FILE: webIdentityTokenFile = "" } = moto.webIdentity("sandbox");
  const clientConfig = { endpoint: enforcer.url, region: "us-east-2" };
  const credentials = fromTokenFile({ roleArn: role, webIdentityTokenFile, clientConfig });
  await new LambdaClient({ ...access(), credentials }).send(publish());
  await assert.rejects(
    new S3Client({ ...access(), credentials, forcePathStyle: true }).send(
      new HeadObjectCommand({ Bucket: bucket, Key: "a" }),
    ),
    withStatus(403),
  );
  assert.deepEqual([...new Set(enforcer.decided.map(({ principal }) => principal))], [role]);
});

test("a key that nobody knows, and a request that is not known here, are refused", async () => {
  const credentials = { accessKeyId: "AKIASTRANGER", secretAccessKey: "x" };
  await assert.rejects(new LambdaClient({ ...access(), credentials }).send(publish()), {
    name: "UnrecognizedClientException",
  });
  enforcer.grant(admin, [allow("*", "*")]);
  const { DeleteFunctionCommand } = await import("@aws-sdk/client-lambda");
  await assert.rejects(lambda().send(new DeleteFunctionCommand({ FunctionName: "f" })), withStatus(501));
});

test("a service that acts in the name of a role is asked the same question", () => {
  const { role } = moto.account("sandbox");
  enforcer.grant(role, [allow("lambda:PublishLayerVersion", layer, inOhio)]);
  const session = "arn:aws:sts::111122223333:assumed-role/deploy/landfall";
  assert.equal(enforcer.permit(session, "lambda:PublishLayerVersion", layer), true);
  assert.equal(enforcer.permit(session, "lambda:PublishLayerVersion", `${layer}2`), false);
  assert.equal(enforcer.permit(session, "lambda:PublishLayerVersion", layer, "eu-west-1"), false);
});
