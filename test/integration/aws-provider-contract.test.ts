import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudFormationClient, DeleteStackCommand } from "@aws-sdk/client-cloudformation";
import { DeleteLayerVersionCommand, LambdaClient, ListLayerVersionsCommand } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { zipSync } from "fflate";
import { AwsSession, AwsSessions } from "../../src/io/aws/session.ts";
import type { StoredArtifact } from "../../src/model/artifact.ts";
import type { AwsSetting } from "../../src/model/aws.ts";
import { cloudformation } from "../../src/providers/cloudformation/index.ts";
import { StackSpec } from "../../src/providers/cloudformation/spec.ts";
import { providerContract, type Subject } from "../../src/providers/contract.ts";
import { lambdaLayer } from "../../src/providers/lambda-layer/index.ts";
import { LayerSpec } from "../../src/providers/lambda-layer/spec.ts";
import type { Context, Provider, Wanted } from "../../src/providers/provider.ts";
import { type AwsScene, startAws } from "../helpers/aws/aws-scene.ts";

const sha256 = (content: string | Uint8Array) => `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** A context whose account can be out of reach. */
function reachable(aws: AwsScene) {
  let off = false;
  const { credentials } = aws.access("sandbox");
  const chain = { identity: async () => credentials, region: async () => null };
  const sessions = new (class extends AwsSessions {
    override get(setting: AwsSetting): AwsSession {
      return new AwsSession(off ? { ...setting, endpoint: "http://127.0.0.1:9" } : setting, chain);
    }
  })();
  const context = { aws: sessions, signal: new AbortController().signal, mask: (text: string) => text } as Context;
  const turn = (next: boolean) => async () => {
    off = next;
  };
  return { context, turnOff: turn(true), turnOn: turn(false) };
}

function wantedOf(number: 1 | 2, artifact: StoredArtifact, texts: Wanted["texts"]): Wanted {
  const commit = String(number).repeat(40);
  return {
    commit,
    digest: sha256(`source ${number}`),
    accepts: [commit],
    force: false,
    once: {},
    answers: {},
    artifact: { digest: artifact.digest, bytes: artifact.bytes, at: "" },
    texts,
    runsOnce: true,
    proven: [],
    ledger: "ledger-1",
  };
}

/** What both subjects share: an account, two artifacts, and a place in it. */
async function begin(options: Parameters<typeof startAws>[0], texts: (number: 1 | 2) => Wanted["texts"]) {
  const aws = await startAws(options);
  const folder = mkdtempSync(join(tmpdir(), "landfall-contract-"));
  const place = {
    application: "shop",
    environment: "uat",
    component: "web",
    target: "aws",
    at: {},
    values: {},
    fromOutside: [],
    aws: { account: "111122223333", region: "us-east-2", endpoint: aws.url },
    artifacts: { name: "contract-artifacts", prefix: "" },
  };
  const revision = async (number: 1 | 2) => {
    const zip = zipSync({ "python/web.py": Buffer.from(`VERSION = ${number}\n`) }, { mtime: "1980-01-02" });
    const path = join(folder, `${number}.zip`);
    writeFileSync(path, zip);
    const artifact = {
      component: "web",
      source: "",
      commit: "",
      digest: sha256(zip),
      bytes: zip.length,
      files: [],
      path,
    };
    return { wanted: wantedOf(number, artifact, texts(number)), artifact };
  };
  const s3 = new S3Client({ ...aws.access("sandbox"), forcePathStyle: true });
  await s3.send(
    new CreateBucketCommand({
      Bucket: place.artifacts.name,
      CreateBucketConfiguration: { LocationConstraint: "us-east-2" },
    }),
  );
  s3.destroy();
  const dispose = async () => {
    rmSync(folder, { recursive: true, force: true });
    await aws.stop();
  };
  return { aws, place, revision, dispose, ...reachable(aws), onceEffects: async () => 0 };
}

providerContract("lambda-layer", async (): Promise<Subject> => {
  let mayPublish = true;
  const scene = await begin(
    { permit: (_, action) => mayPublish || action !== "lambda:PublishLayerVersion" },
    () => ({}),
  );
  const spec = LayerSpec.parse({ name: "contract-layer", runtimes: ["python3.12"] });
  const place = { ...scene.place, spec };
  return {
    ...scene,
    provider: lambdaLayer as unknown as Provider,
    place,
    failing: { ...place, artifacts: { name: "no-such-bucket", prefix: "" } },
    stickUnit: async () => {
      mayPublish = false;
    },
    unstickUnit: async () => {
      mayPublish = true;
    },
    stopUnit: async () => {
      const lambda = new LambdaClient(scene.aws.moto.account("sandbox").access);
      const { LayerVersions = [] } = await lambda.send(new ListLayerVersionsCommand({ LayerName: spec.name }));
      for (const { Version } of LayerVersions)
        await lambda.send(new DeleteLayerVersionCommand({ LayerName: spec.name, VersionNumber: Version }));
      lambda.destroy();
    },
  };
});

const template = (value: number | string) =>
  JSON.stringify({
    Resources: {
      Setting: {
        Type: "AWS::SSM::Parameter",
        Properties: { Type: "String", Name: "/contract", Value: `value ${value}` },
      },
    },
  });

/** Needs a capability that nobody agreed to. */
const role = JSON.stringify({
  Resources: { Role: { Type: "AWS::IAM::Role", Properties: { AssumeRolePolicyDocument: {} } } },
});

providerContract("cloudformation", async (): Promise<Subject> => {
  const scene = await begin({}, (number) => ({ "stack.json": template(number), "role.json": role }));
  const place = { ...scene.place, spec: StackSpec.parse({ template: "stack.json" }) };
  return {
    ...scene,
    nameless: true,
    provider: cloudformation as unknown as Provider,
    place,
    failing: { ...place, spec: StackSpec.parse({ template: "role.json" }) },
    stickUnit: async () =>
      scene.aws.stacks.fail({ logicalId: "Setting", on: "update", reason: "it stays as it is", times: 1 }),
    unstickUnit: async () => {},
    stopUnit: async () => {
      const client = new CloudFormationClient(scene.aws.access("sandbox"));
      await client.send(new DeleteStackCommand({ StackName: "shop-uat-web" }));
      await scene.aws.stacks.settled();
      client.destroy();
    },
  };
});
