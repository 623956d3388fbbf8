import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { after, before, beforeEach, test } from "node:test";
import { CloudFormationClient, DescribeStacksCommand, ListStacksCommand } from "@aws-sdk/client-cloudformation";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  ListRolesCommand,
  UpdateAccessKeyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { LambdaClient, ListLayersCommand } from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateSecretCommand, DescribeSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { fromTokenFile } from "@aws-sdk/credential-providers";
import { type AwsScene, startAws } from "../helpers/aws/aws-scene.ts";

let aws: AwsScene;
let s3: S3Client;
before(async () => {
  aws = await startAws({ delay: 1 });
  s3 = new S3Client(once());
  const elsewhere = { LocationConstraint: "us-east-2" } as const;
  await s3.send(new CreateBucketCommand({ Bucket: "artifacts", CreateBucketConfiguration: elsewhere }));
});
beforeEach(() => aws.journal.forget());
after(async () => await aws?.stop());

/** An SDK client's argument without retries, so that each trouble is seen. */
const once = (account = "sandbox") => ({ ...aws.access(account), maxAttempts: 1 });
const put = (Key: string, more: Partial<PutObjectCommandInput> = {}) =>
  s3.send(new PutObjectCommand({ Bucket: "artifacts", Key, Body: "content", ...more }));
const sha256 = (text: string) => createHash("sha256").update(text).digest("base64");

test("every service is at one address, and each call is counted with its account", async () => {
  await new STSClient(once()).send(new GetCallerIdentityCommand({}));
  await new LambdaClient(once("production")).send(new ListLayersCommand({}));
  await new IAMClient(once()).send(new ListRolesCommand({}));
  await new CloudFormationClient(once()).send(new ListStacksCommand({}));
  const secrets = new SecretsManagerClient(once("production"));
  await secrets.send(new CreateSecretCommand({ Name: "token", SecretString: "x" }));
  await secrets.send(new DescribeSecretCommand({ SecretId: "token" }));
  const told = aws.journal.calls.map(({ service, action, account, status }) =>
    [service, action, account, status].join(" "),
  );
  assert.deepEqual(told, [
    "sts GetCallerIdentity 111122223333 200",
    "lambda ListLayers 444455556666 200",
    "iam ListRoles 111122223333 200",
    "cloudformation ListStacks 111122223333 200",
    "secretsmanager CreateSecret 444455556666 200",
    "secretsmanager DescribeSecret 444455556666 200",
  ]);
  assert.deepEqual(aws.journal.writes({ account: "111122223333" }), []);
  assert.equal(aws.journal.writes({ account: "444455556666" }).length, 1);
});

test("an upload with a wrong checksum is refused, with a right one it is kept", async () => {
  await assert.rejects(put("wrong", { ChecksumSHA256: sha256("other") }), { name: "BadDigest" });
  await assert.rejects(put("wrong", { ContentMD5: createHash("md5").update("other").digest("base64") }), {
    name: "BadDigest",
  });
  await assert.rejects(put("wrong", { ChecksumSHA256: "c2hvcnQ=" }), { name: "InvalidRequest" });
  await assert.rejects(s3.send(new HeadObjectCommand({ Bucket: "artifacts", Key: "wrong" })), { name: "NotFound" });
  await put("right", { ChecksumSHA256: sha256("content") });
  await s3.send(new HeadObjectCommand({ Bucket: "artifacts", Key: "right" }));
  assert.equal(aws.journal.count({ service: "s3", action: "PutObject" }), 4);
});

test("a stream's checksum comes behind it, and counts as well", async () => {
  const body = () => Readable.from([Buffer.from("con"), Buffer.from("tent")]);
  await put("stream", { Body: body(), ContentLength: 7, ChecksumAlgorithm: "SHA256" });
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: "artifacts", Key: "stream" }));
  assert.equal(await Body?.transformToString(), "content");
  aws.journal.inject({ service: "s3", action: "PutObject", trouble: "cut upload" });
  await assert.rejects(put("cut-stream", { Body: body(), ContentLength: 7, ChecksumAlgorithm: "SHA256" }), {
    name: "BadDigest",
  });
});

test("an upload that loses its second half is refused by its checksum, and kept without one", async () => {
  aws.journal.inject({ service: "s3", action: "PutObject", trouble: "cut upload", times: 2 });
  await assert.rejects(put("cut", { ChecksumSHA256: sha256("content") }), { name: "BadDigest" });
  const careless = new S3Client({ ...once(), requestChecksumCalculation: "WHEN_REQUIRED" });
  await careless.send(new PutObjectCommand({ Bucket: "artifacts", Key: "cut", Body: "content" }));
  const { ContentLength } = await s3.send(new HeadObjectCommand({ Bucket: "artifacts", Key: "cut" }));
  assert.equal(ContentLength, 3);
});

test("an object that is there is not written again with If-None-Match", async () => {
  await put("conditional", { IfNoneMatch: "*" });
  await assert.rejects(put("conditional", { IfNoneMatch: "*" }), { name: "PreconditionFailed" });
});

test("a bucket of another account is refused, by its owner and by who asks", async () => {
  await assert.rejects(put("owner", { ExpectedBucketOwner: "444455556666" }), { name: "AccessDenied" });
  await put("owner", { ExpectedBucketOwner: "111122223333" });
  const foreign = new S3Client(once("production"));
  await assert.rejects(foreign.send(new GetObjectCommand({ Bucket: "artifacts", Key: "owner" })), {
    name: "AccessDenied",
  });
});

test("a bucket of another region is not reached from here", async () => {
  const west = new S3Client({ ...once(), region: "us-west-2" });
  await west.send(
    new CreateBucketCommand({ Bucket: "west", CreateBucketConfiguration: { LocationConstraint: "us-west-2" } }),
  );
  await west.send(new PutObjectCommand({ Bucket: "west", Key: "a", Body: "a" }));
  await assert.rejects(s3.send(new GetObjectCommand({ Bucket: "west", Key: "a" })), { name: "PermanentRedirect" });
});

test("throttling and expired credentials have each service's own name, at the call that was chosen", async () => {
  const cases = [
    ["s3", () => s3.send(new HeadObjectCommand({ Bucket: "artifacts", Key: "a" })), "503", "400"],
    [
      "lambda",
      () => new LambdaClient(once()).send(new ListLayersCommand({})),
      "TooManyRequestsException",
      "ExpiredTokenException",
    ],
    ["sts", () => new STSClient(once()).send(new GetCallerIdentityCommand({})), "Throttling", "ExpiredToken"],
    [
      "cloudformation",
      () => new CloudFormationClient(once()).send(new ListStacksCommand({})),
      "Throttling",
      "ExpiredToken",
    ],
  ] as const;
  for (const [service, call, throttled, expired] of cases) {
    aws.journal.inject({ service, trouble: "Throttling" });
    aws.journal.inject({ service, on: 2, trouble: "ExpiredToken" });
    for (const expected of [throttled, expired])
      await assert.rejects(call, (error: Error & { $metadata?: { httpStatusCode?: number } }) =>
        [error.name, String(error.$metadata?.httpStatusCode)].includes(expected),
      );
  }
});

test("an SDK client tries again after throttling", async () => {
  aws.journal.inject({ service: "cloudformation", action: "ListStacks", times: 2, trouble: "Throttling" });
  const patient = new CloudFormationClient({ ...aws.access("sandbox"), maxAttempts: 3 });
  await patient.send(new ListStacksCommand({}));
  assert.deepEqual(
    aws.journal.calls.map(({ status }) => status),
    [400, 400, 200],
  );
});

test("answers can be cut, lost or never come", async () => {
  const client = new CloudFormationClient(once());
  for (const trouble of ["cut answer", "no connection", "lost answer"] as const) {
    aws.journal.inject({ service: "cloudformation", trouble });
    await assert.rejects(client.send(new DescribeStacksCommand({})), /hang up|aborted|ECONNRESET/, trouble);
  }
  aws.journal.inject({ service: "s3", action: "PutObject", trouble: "lost answer" });
  await assert.rejects(put("lost"));
  await s3.send(new HeadObjectCommand({ Bucket: "artifacts", Key: "lost" }));
  aws.journal.inject({ service: "s3", action: "PutObject", trouble: "no connection" });
  await assert.rejects(put("never"));
  await assert.rejects(s3.send(new HeadObjectCommand({ Bucket: "artifacts", Key: "never" })), { name: "NotFound" });
});

test("a role that is not there, or does not trust who asks, cannot be taken on", async () => {
  const take = (account: string, name: string) => {
    const request = { RoleArn: `arn:aws:iam::444455556666:role/${name}`, RoleSessionName: "test" };
    return new STSClient(once(account)).send(new AssumeRoleCommand(request));
  };
  await assert.rejects(take("production", "invented"), { name: "AccessDenied" });
  await assert.rejects(take("sandbox", "deploy"), { name: "AccessDenied" });
  const { Credentials: given } = await take("production", "deploy");
  const credentials = { accessKeyId: given?.AccessKeyId ?? "", secretAccessKey: given?.SecretAccessKey ?? "" };
  const { Account } = await new STSClient({ ...once(), credentials }).send(new GetCallerIdentityCommand({}));
  assert.equal(Account, "444455556666");
});

test("a token of GitHub's opens only the roles that trust its branch", async () => {
  const issuer = "token.actions.githubusercontent.com";
  const Federated = `arn:aws:iam::444455556666:oidc-provider/${issuer}`;
  const trust = {
    Version: "2012-10-17",
    Statement: {
      Effect: "Allow",
      Principal: { Federated },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: {
        StringEquals: { [`${issuer}:aud`]: "sts.amazonaws.com" },
        StringLike: { [`${issuer}:sub`]: "repo:acme/layers:ref:refs/heads/*" },
      },
    },
  };
  const iam = new IAMClient(once("production"));
  const change = { RoleName: "deploy", PolicyDocument: JSON.stringify(trust) };
  await iam.send(new UpdateAssumeRolePolicyCommand(change));
  const take = async (subject: string) => {
    const { AWS_ROLE_ARN: roleArn = "", AWS_WEB_IDENTITY_TOKEN_FILE: webIdentityTokenFile = "" } = aws.moto.webIdentity(
      "production",
      subject,
    );
    const clientConfig = { endpoint: aws.url, region: "us-east-2" };
    const credentials = fromTokenFile({ roleArn, webIdentityTokenFile, clientConfig });
    return (await new STSClient({ ...clientConfig, credentials }).send(new GetCallerIdentityCommand({}))).Account;
  };
  assert.equal(await take("repo:acme/layers:ref:refs/heads/main"), "444455556666");
  await assert.rejects(
    take("repo:acme/layers:pull_request"),
    /Not authorized to perform sts:AssumeRoleWithWebIdentity/,
  );
  await assert.rejects(take("repo:other/layers:ref:refs/heads/main"), /Not authorized/);
});

test("a key that nobody was given is refused by every service", async () => {
  const invented = { ...once(), credentials: { accessKeyId: "AKIAINVENTED", secretAccessKey: "x" } };
  await assert.rejects(new STSClient(invented).send(new GetCallerIdentityCommand({})), {
    name: "InvalidClientTokenId",
  });
  await assert.rejects(new LambdaClient(invented).send(new ListLayersCommand({})), {
    name: "UnrecognizedClientException",
  });
});

test("an inactive key is refused from the moment it is made so", async () => {
  const iam = new IAMClient(once());
  await iam.send(new CreateUserCommand({ UserName: "leaver" }));
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: "leaver" }));
  const credentials = { accessKeyId: key?.AccessKeyId ?? "", secretAccessKey: key?.SecretAccessKey ?? "" };
  const sts = new STSClient({ ...once(), credentials });
  assert.match((await sts.send(new GetCallerIdentityCommand({}))).Arn ?? "", /user\/leaver$/);
  const off = { UserName: "leaver", AccessKeyId: credentials.accessKeyId, Status: "Inactive" as const };
  await iam.send(new UpdateAccessKeyCommand(off));
  await assert.rejects(sts.send(new GetCallerIdentityCommand({})), { name: "InvalidClientTokenId" });
});

test("moto's own enforcement sees through the front: what no policy allows is refused", async () => {
  const sts = new STSClient(once());
  const role = { RoleArn: aws.moto.account("sandbox").role, RoleSessionName: "test" };
  await new IAMClient(once()).send(new DeleteRolePolicyCommand({ RoleName: "deploy", PolicyName: "all" }));
  const { Credentials: given } = await sts.send(new AssumeRoleCommand(role));
  await aws.moto.enforce(true);
  try {
    const {
      AccessKeyId: accessKeyId = "",
      SecretAccessKey: secretAccessKey = "",
      SessionToken: sessionToken = "",
    } = given ?? {};
    const asRole = { ...once(), credentials: { accessKeyId, secretAccessKey, sessionToken } };
    await assert.rejects(new IAMClient(asRole).send(new ListRolesCommand({})), { name: "AccessDenied" });
    await new IAMClient(once()).send(new ListRolesCommand({}));
    await new CloudFormationClient(asRole).send(new ListStacksCommand({}));
  } finally {
    await aws.moto.enforce(false);
  }
});
