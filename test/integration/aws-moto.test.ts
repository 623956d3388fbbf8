import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { IAMClient, ListAccessKeysCommand, ListRolePoliciesCommand } from "@aws-sdk/client-iam";
import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  GetBucketVersioningCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { fromIni, fromTokenFile } from "@aws-sdk/credential-providers";
import { type Moto, startMoto } from "../helpers/aws/moto.ts";
import { limitDeployRole, makeBucket, makeFunction, publishLayer, useLayers } from "../helpers/aws/things.ts";

let moto: Moto;
before(async () => {
  moto = await startMoto();
});
after(async () => await moto?.stop());

test("each profile is another account, whether by role, by key or by web identity", async () => {
  const { endpoint } = moto.account("sandbox").access;
  // The SDK asks for web identity without the endpoint it is given for everything else.
  process.env.AWS_ENDPOINT_URL_STS = moto.url;
  const { AWS_CONFIG_FILE: configFilepath = "", AWS_SHARED_CREDENTIALS_FILE: filepath = "" } = moto.environment;
  for (const name of ["sandbox", "production"]) {
    for (const profile of [name, `${name}-key`, `${name}-oidc`]) {
      const clientConfig = { endpoint, region: moto.region };
      const credentials = fromIni({ profile, configFilepath, filepath, ignoreCache: true, clientConfig });
      const sts = new STSClient({ endpoint, region: moto.region, credentials });
      const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}));
      assert.equal(Account, moto.account(name).id, profile);
      assert.match(Arn ?? "", profile === `${name}-key` ? /:user\/admin$/ : /:assumed-role\/deploy\//, profile);
    }
  }
});

test("a job with a token of GitHub's is the role it names", async () => {
  const { AWS_ROLE_ARN: roleArn = "", AWS_WEB_IDENTITY_TOKEN_FILE: webIdentityTokenFile = "" } =
    moto.webIdentity("production");
  const clientConfig = { endpoint: moto.url, region: moto.region };
  const credentials = fromTokenFile({ roleArn, webIdentityTokenFile, clientConfig });
  const { Account } = await new STSClient({ ...clientConfig, credentials }).send(new GetCallerIdentityCommand({}));
  assert.equal(Account, "444455556666");
});

test("a bucket of one account is not listed in the other, and its name is taken there", async () => {
  const [sandbox, production] = ["sandbox", "production"].map(
    (name) => new S3Client({ ...moto.account(name).access, forcePathStyle: true }),
  );
  assert.ok(sandbox !== undefined && production !== undefined);
  const make = new CreateBucketCommand({
    Bucket: "artifacts-of-sandbox",
    CreateBucketConfiguration: { LocationConstraint: "us-east-2" },
  });
  await sandbox.send(make);
  await sandbox.send(new HeadBucketCommand({ Bucket: "artifacts-of-sandbox" }));
  assert.deepEqual((await production.send(new ListBucketsCommand({}))).Buckets ?? [], []);
  await assert.rejects(production.send(make), { name: "BucketAlreadyExists" });
});

test("an account that was not asked for is no account", () => {
  assert.throws(() => moto.account("staging"), /no account staging/);
});

test("a key is as old as its clock says, and a stopped server is gone", async () => {
  const old = await startMoto({ clock: "-100d", accounts: { sandbox: "111122223333" } });
  const iam = new IAMClient({ ...old.account("sandbox").access, maxAttempts: 1 });
  const { AccessKeyMetadata: keys = [] } = await iam.send(new ListAccessKeysCommand({ UserName: "admin" }));
  await old.stop();
  const days = (Date.now() - (keys[0]?.CreateDate?.getTime() ?? 0)) / 86_400_000;
  assert.ok(days > 99 && days < 101, `${days} days`);
  await assert.rejects(iam.send(new ListAccessKeysCommand({ UserName: "admin" })), /ECONNREFUSED/);
});

test("functions use the versions of layers that are there", async () => {
  const account = moto.account("sandbox");
  const [first, second] = [
    await publishLayer(account.access, "shared", "a"),
    await publishLayer(account.access, "shared", "b"),
  ];
  await makeFunction(account, "worker", [first]);
  await useLayers(account.access, "worker", [second]);
  await assert.rejects(useLayers(account.access, "worker", [second.replace(/2$/, "9")]), {
    name: "ResourceNotFoundException",
  });
  const request = new GetFunctionConfigurationCommand({ FunctionName: "worker" });
  const { Layers: layers } = await new LambdaClient(account.access).send(request);
  assert.deepEqual(
    layers?.map(({ Arn }) => Arn),
    [second],
  );
});

test("a bucket keeps versions where it is told to", async () => {
  const { access } = moto.account("sandbox");
  await makeBucket(access, "versioned", { versioned: true });
  const s3 = new S3Client({ ...access, forcePathStyle: true });
  assert.equal((await s3.send(new GetBucketVersioningCommand({ Bucket: "versioned" }))).Status, "Enabled");
});

test("the role deploy can be held to a policy", async () => {
  const { access } = moto.account("production");
  const Statement = [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }];
  await limitDeployRole(access, { Version: "2012-10-17", Statement });
  const listed = await new IAMClient(access).send(new ListRolePoliciesCommand({ RoleName: "deploy" }));
  assert.deepEqual(listed.PolicyNames, ["own"]);
});

test("a server ends with the process that started it, even if that is killed", async () => {
  const program = `import { startMoto } from ${JSON.stringify(new URL("../helpers/aws/moto.ts", import.meta.url).href)};
    console.log((await startMoto({ accounts: {} })).url);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = (await once(child.stdout, "data")).toString().trim();
  assert.equal((await fetch(url)).ok, true);
  child.kill("SIGKILL");
  await once(child, "close");
  for (let tries = 0; tries < 100 && (await fetch(url).catch(() => null)) !== null; tries += 1) await sleep(50);
  await assert.rejects(fetch(url));
});
