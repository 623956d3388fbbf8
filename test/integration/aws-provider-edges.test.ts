import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { zipSync } from "fflate";
import { AwsSession, AwsSessions } from "../../src/io/aws/session.ts";
import type { StoredArtifact } from "../../src/model/artifact.ts";
import type { AwsSetting } from "../../src/model/aws.ts";
import type { Place } from "../../src/model/place.ts";
import { cloudformation } from "../../src/providers/cloudformation/index.ts";
import { StackSpec } from "../../src/providers/cloudformation/spec.ts";
import { lambdaLayer } from "../../src/providers/lambda-layer/index.ts";
import { LayerSpec } from "../../src/providers/lambda-layer/spec.ts";
import type { Context, Provider, Wanted } from "../../src/providers/provider.ts";
import { type AwsScene, startAws } from "../helpers/aws/aws-scene.ts";
import { makeBucket } from "../helpers/aws/things.ts";

const sha256 = (content: string | Uint8Array) => `sha256:${createHash("sha256").update(content).digest("hex")}`;

let aws: AwsScene;
let folder: string;
let stacks: CloudFormationClient;
let rollouts = 0;
before(async () => {
  aws = await startAws();
  folder = mkdtempSync(join(tmpdir(), "landfall-edges-"));
  stacks = new CloudFormationClient(aws.access("sandbox"));
  await makeBucket(aws.access("sandbox"), "edges-artifacts");
});
after(async () => {
  rmSync(folder, { recursive: true, force: true });
  await aws.stop();
});

/** The account, as a rollout has it. */
function contextOf(signal: AbortSignal = new AbortController().signal): Context {
  const { credentials } = aws.access("sandbox");
  const chain = { identity: async () => credentials, region: async () => null };
  const sessions = new (class extends AwsSessions {
    override get(setting: AwsSetting): AwsSession {
      return new AwsSession(setting, chain);
    }
  })();
  return { aws: sessions, signal, mask: (text: string) => text } as Context;
}

function placeOf<Spec>(component: string, spec: Spec): Place<Spec, Record<string, never>> {
  return {
    application: "shop",
    environment: "uat",
    component,
    target: "aws",
    spec,
    at: {},
    values: {},
    fromOutside: [],
    aws: { account: "111122223333", region: "us-east-2", endpoint: aws.url },
    artifacts: { name: "edges-artifacts", prefix: "" },
  };
}

function artifactOf(version: number): StoredArtifact {
  const zip = zipSync({ "python/web.py": Buffer.from(`VERSION = ${version}\n`) }, { mtime: "1980-01-02" });
  const path = join(folder, `${version}.zip`);
  writeFileSync(path, zip);
  return { component: "web", source: "", commit: "", digest: sha256(zip), bytes: zip.length, files: [], path };
}

function wantedOf(texts: Wanted["texts"]): Wanted {
  return {
    commit: "1".repeat(40),
    digest: sha256(JSON.stringify(texts)),
    accepts: ["1".repeat(40)],
    force: false,
    once: {},
    answers: {},
    artifact: null,
    texts,
    runsOnce: true,
    proven: [],
    ledger: "ledger-1",
  };
}

/** One rollout at a place: what was planned, how its steps ended, and what was proven. */
async function rollout(of: unknown, place: Place, wanted: Wanted, { context = contextOf(), version = 1 } = {}) {
  const provider = of as Provider;
  const artifact = artifactOf(version);
  const found = await provider.survey(place, context);
  assert.equal(found.state, "read", JSON.stringify(found));
  if (found.state !== "read") throw new Error("unread");
  const plan = provider.plan(place, found.facts, wanted);
  const guarded = await provider.guards(place, found.facts, { plan, wanted, releaseBytes: 0 }, context);
  assert.deepEqual(
    [...plan.findings, ...guarded].filter(({ level }) => level === "block"),
    [],
  );
  rollouts += 1;
  const work = { rollout: `r${rollouts}`, token: rollouts, ledger: "ledger-1", wanted, artifact };
  const ends = [];
  for (const step of plan.steps)
    ends.push(await provider.run(step, place, { ...work, confirm: async () => {}, onLine: () => {} }, context));
  await aws.stacks.settled();
  const evidence = await provider.prove(place, wanted, artifact, plan.steps.length > 0, contextOf());
  const claims = evidence.map(({ claim, verdict }) => `${claim} ${verdict}`);
  return { plan, ends, results: ends.map(({ result }) => result), claims, evidence };
}

const stackOf = async (name: string) => {
  const { Stacks = [] } = await stacks.send(new DescribeStacksCommand({ StackName: name }));
  return Stacks[0];
};

const layer = (more: object = {}) => LayerSpec.parse({ name: "edge-layer", runtimes: ["python3.12"], ...more });

const template = (value: string, more = "") => `${more}Resources:
  Setting:
    Type: AWS::SSM::Parameter
    Properties: { Name: /edges/setting, Type: String, Value: ${value} }
`;
const file = "stack.yaml";

describe("a layer", () => {
  it("is published in a stack that somebody announced and never made", async () => {
    const TemplateBody = template("one");
    const announced = {
      StackName: "announced",
      ChangeSetName: "first",
      ChangeSetType: "CREATE",
      TemplateBody,
    } as const;
    await stacks.send(new CreateChangeSetCommand(announced));
    await aws.stacks.settled();
    assert.equal((await stackOf("announced"))?.StackStatus, "REVIEW_IN_PROGRESS");
    const place = placeOf("web", layer({ stack: "announced" }));
    const { ends, results, claims } = await rollout(lambdaLayer, place, wantedOf({}));
    assert.deepEqual(results, ["done", "done"], JSON.stringify(ends));
    assert.ok(claims.includes("content proven"), claims.join());
  });

  it("in a template of its author's above what a call takes is published through the bucket", async () => {
    const text = `Metadata: { Padding: "${"x".repeat(60_000)}" }
Resources:
  Web:
    Type: AWS::Lambda::LayerVersion
    UpdateReplacePolicy: Retain
    DeletionPolicy: Retain
    Properties:
      LayerName: edge-layer
      CompatibleRuntimes: [python3.12]
      CompatibleArchitectures: [x86_64]
      Content: { S3Bucket: b, S3Key: k }
Outputs:
  WebLayer: { Value: !Ref Web }
`;
    const place = placeOf("large", layer({ template: { file, output: "WebLayer" } }));
    const { ends, results, claims } = await rollout(lambdaLayer, place, wantedOf({ [file]: text }));
    assert.deepEqual(results, ["done", "done"], JSON.stringify(ends).slice(0, 500));
    assert.ok(claims.includes("content proven"), claims.join());
  });

  it("in a template of its author's replaces nothing else, and names no key that it does not have", async () => {
    const text = (name: string) => `Resources:
  Web:
    Type: AWS::Lambda::LayerVersion
    UpdateReplacePolicy: Retain
    DeletionPolicy: Retain
    Properties:
      LayerName: edge-layer
      CompatibleRuntimes: [python3.12]
      CompatibleArchitectures: [x86_64]
      Content: { S3Bucket: b, S3Key: k }
  Setting:
    Type: AWS::SSM::Parameter
    Properties: { Name: ${name}, Type: String, Value: x }
Outputs:
  WebLayer: { Value: !Ref Web }
`;
    const place = placeOf("own", layer({ template: { file, output: "WebLayer" } }));
    await rollout(lambdaLayer, place, wantedOf({ [file]: text("/own/a") }));
    const { ends } = await rollout(lambdaLayer, place, wantedOf({ [file]: text("/own/b") }));
    const { error } = ends.at(-1) as { error?: { code: string; message: string } };
    assert.equal(error?.code, "unexpected-change");
    assert.match(error.message, /would replace Setting .*a component of type `cloudformation` can/);
    assert.doesNotMatch(error.message, /allow it with/);
  });

  it("whose upload meets another of the same is uploaded again", async () => {
    const message = "A conflicting conditional operation is currently in progress against this resource.";
    const conflict = { code: "ConditionalRequestConflict", message, status: 409 };
    aws.journal.inject({ service: "s3", action: "PutObject", trouble: conflict });
    const place = placeOf("twice", layer({ stack: "twice" }));
    const { ends, results } = await rollout(lambdaLayer, place, wantedOf({}));
    aws.journal.mend();
    assert.deepEqual(results, ["done", "done"], JSON.stringify(ends));
  });

  it("is not held by a bucket in which other bytes lie under its digest", async () => {
    const place = placeOf("held", layer({ stack: "held" }));
    const { digest, path = "" } = artifactOf(7);
    const Key = `shop/held/${digest.slice("sha256:".length)}.zip`;
    const s3 = new S3Client({ ...aws.access("sandbox"), forcePathStyle: true });
    assert.equal(await lambdaLayer.holds?.(place, digest, contextOf()), false);
    await s3.send(new PutObjectCommand({ Bucket: "edges-artifacts", Key, Body: "half" }));
    assert.equal(await lambdaLayer.holds?.(place, digest, contextOf()), false, "a copy that is not whole");
    await s3.send(new PutObjectCommand({ Bucket: "edges-artifacts", Key, Body: readFileSync(path) }));
    assert.equal(await lambdaLayer.holds?.(place, digest, contextOf()), true);
  });
});

describe("a whole stack", () => {
  const place = (more: object = {}) => placeOf("edge", StackSpec.parse({ template: file, stack: "edge", ...more }));
  const deploy = async (text: string, more: object = {}, options = {}) =>
    await rollout(cloudformation, place(more), wantedOf({ [file]: text }), options);
  const tags = async () =>
    Object.fromEntries(((await stackOf("edge"))?.Tags ?? []).map(({ Key = "", Value }) => [Key, Value]));

  it("has the tags of the manifest, also when nothing else changed", async () => {
    await deploy(template("one"), { tags: { team: "a", old: "x" } });
    assert.deepEqual(await tags(), { team: "a", old: "x" });
    const { plan } = await deploy(template("one"), { tags: { team: "b" } });
    assert.deepEqual(await tags(), { team: "b" });
    assert.equal(plan.reason, "changes the tags old, team");
    assert.deepEqual((await deploy(template("one"), { tags: { team: "b" } })).results, []);
  });

  it("keeps the tags that others gave it where the manifest gives none", async () => {
    const Tags = [{ Key: "cost-centre", Value: "7" }];
    await stacks.send(new UpdateStackCommand({ StackName: "edge", UsePreviousTemplate: true, Tags }));
    await aws.stacks.settled();
    assert.deepEqual((await deploy(template("one"))).results, []);
    assert.deepEqual((await deploy(template("two"))).results, ["done"]);
    assert.deepEqual(await tags(), { "cost-centre": "7" });
  });

  it("is proven when only the template's words changed: CloudFormation does not take those alone", async () => {
    const words = 'Description: other words\nMetadata: { Owner: "somebody" }\n';
    const { results, claims } = await deploy(template("two", words));
    assert.deepEqual(results, []);
    assert.ok(claims.includes("template proven"), claims.join());
  });

  it("is not proven where CloudFormation keeps the old template, and the way out is told", async () => {
    const other = `  Other:
    Type: AWS::SSM::Parameter
    Condition: Never
    Properties: { Name: /edges/other, Type: String, Value: x }
`;
    const text = template("two", "Conditions: { Never: !Equals [a, b] }\n") + other;
    const { results, claims, evidence } = await deploy(text);
    assert.deepEqual(results, ["unchanged"]);
    assert.ok(claims.includes("template refuted"), claims.join());
    assert.match(evidence.find(({ claim }) => claim === "template")?.reason ?? "", /change the metadata of a resource/);
    const metadata = text.replace("    Type: AWS::SSM::Parameter\n", "$&    Metadata: { Taken: 1 }\n");
    const again = await deploy(metadata);
    assert.deepEqual(again.results, ["done"]);
    assert.ok(again.claims.includes("template proven"), again.claims.join());
  });

  it("whose change may have begun is not called cancelled before it", async () => {
    const cancel = new AbortController();
    aws.journal.forget();
    const trouble = {
      service: "cloudformation",
      action: "ExecuteChangeSet",
      times: 20,
      trouble: "lost answer",
    } as const;
    aws.journal.inject(trouble);
    const watch = setInterval(() => {
      if (aws.journal.count({ action: "ExecuteChangeSet" }) > 0) cancel.abort();
    }, 5);
    const { ends } = await deploy(template("three"), {}, { context: contextOf(cancel.signal) });
    clearInterval(watch);
    aws.journal.mend();
    const [end] = ends;
    assert.equal(end?.result, "failed");
    assert.match(JSON.stringify(end), /goes on by itself|may have begun/);
    assert.doesNotMatch(JSON.stringify(end), /before the change began/);
    assert.equal((await stackOf("edge"))?.StackStatus, "UPDATE_COMPLETE", "it did begin");
  });
});
