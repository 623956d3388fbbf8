import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { CloudFormationClient, CreateStackCommand } from "@aws-sdk/client-cloudformation";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  AddLayerVersionPermissionCommand,
  CreateAliasCommand,
  CreateFunctionCommand,
  LambdaClient,
  PublishLayerVersionCommand,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { lookAround } from "../../src/actions/discover/look-around.ts";
import { layerUsers } from "../../src/actions/layer-users.ts";
import { AwsSession } from "../../src/io/aws/session.ts";
import { loadManifest } from "../../src/manifest/load.ts";
import { resolveEnvironment } from "../../src/manifest/resolve.ts";
import type { Asked } from "../../src/model/asked.ts";
import type { DiscoverAnswer } from "../../src/model/discovered.ts";
import { isUnused } from "../../src/model/layer-users.ts";
import { providers } from "../../src/providers/index.ts";
import { landfallInAws } from "../helpers/aws/cli.ts";
import { type LayersScene, layersScene } from "../helpers/aws/layers-scene.ts";
import { type Moto, startMoto } from "../helpers/aws/moto.ts";
import { type Answer, startWatch, type Watch, type WatchedCall, writesOf } from "../helpers/aws/watch.ts";
import { makeRepository, type TestRepository } from "../helpers/repository.ts";

let moto: Moto;
let watch: Watch;
let repository: TestRepository;
/** ARNs of the versions of the layer dev-web, oldest first. */
let versions: string[];

before(async () => {
  moto = await startMoto();
  watch = await startWatch(moto.url);
  repository = await makeRepository({ "README.md": "layers\n", "stacks/queue.yaml": "Resources: {}\n" });
  versions = await fillAccount();
});
after(async () => {
  await watch?.close();
  await moto?.stop();
  await repository?.remove();
});
afterEach(() => {
  watch.answer = () => undefined;
  watch.calls.length = 0;
});

/** An empty zip. */
const zip = Buffer.from("UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==", "base64");

async function fillAccount(): Promise<string[]> {
  const { access } = moto.account("sandbox");
  const lambda = new LambdaClient(access);
  const published: string[] = [];
  for (const layer of ["dev-web", "dev-web", "dev-web", "legacy"]) {
    const made = await lambda.send(
      new PublishLayerVersionCommand({
        LayerName: layer,
        Content: { ZipFile: zip },
        CompatibleRuntimes: ["python3.12"],
      }),
    );
    published.push(made.LayerVersionArn ?? "");
  }
  const [first = "", second = "", third = ""] = published;
  const iam = new IAMClient(access);
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: "run", AssumeRolePolicyDocument: "{}" }));
  const api = { FunctionName: "api", Role: Role?.Arn, Runtime: "python3.12", Handler: "api.handle" } as const;
  await lambda.send(new CreateFunctionCommand({ ...api, Code: { ZipFile: zip }, Layers: [first] }));
  const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName: "api" }));
  await lambda.send(new CreateAliasCommand({ FunctionName: "api", Name: "live", FunctionVersion: Version }));
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: "api", Layers: [second] }));
  const open = { LayerName: "dev-web", VersionNumber: 3, StatementId: "open", Action: "lambda:GetLayerVersion" };
  await lambda.send(new AddLayerVersionPermissionCommand({ ...open, Principal: "444455556666" }));
  const s3 = new S3Client({ ...access, forcePathStyle: true });
  for (const Bucket of ["artifacts-of-sandbox", "somebodys"])
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "us-east-2" } }));
  const stacks = new CloudFormationClient(access);
  for (const [StackName, BucketName] of [
    ["queue-stack", "uploads-of-queue"],
    ["forgotten", "forgotten-bucket"],
  ]) {
    const template = { Resources: { Bucket: { Type: "AWS::S3::Bucket", Properties: { BucketName } } } };
    await stacks.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template) }));
  }
  return [first, second, third];
}

const manifest = () => `application: layers
components:
  web: { type: lambda-layer, name: dev-web, source: [README.md] }
  queue: { type: cloudformation, stack: queue-stack, template: stacks/queue.yaml, source: [stacks] }
environments:
  sandbox:
    branch: main
    aws: { account: "111122223333", region: us-east-2, profile: sandbox-key, endpoint: "${watch.url}" }
    artifacts: s3://artifacts-of-sandbox
`;

interface Told {
  status: number;
  stdout: string;
  stderr: string;
}

async function landfall(args: readonly string[], text = manifest()): Promise<Told> {
  await repository.write({ "landfall.yaml": text });
  const end = await landfallInAws(repository.directory, ["discover", ...args], {
    ...moto.environment,
    AWS_ENDPOINT_URL: watch.url,
  });
  assert.deepEqual(writesOf(watch.calls), []);
  return end;
}

/** Asks for the document. */
async function discovered(
  args: readonly string[] = ["--aws", "sandbox"],
): Promise<DiscoverAnswer & { status: number }> {
  const { stdout, status } = await landfall([...args, "--json"]);
  return { ...(JSON.parse(stdout) as DiscoverAnswer), status };
}

function read<T>(asked: Asked<T>): T {
  assert.ok(asked.state === "read", JSON.stringify(asked));
  return asked.value;
}

const owners = (asked: Asked<{ name: string; component: string | null }[]>) =>
  Object.fromEntries(read(asked).map(({ name, component }) => [name, component]));

describe("what an account has", () => {
  it("is matched with the components, and nothing is written", async () => {
    const answer = await discovered();
    assert.deepEqual(owners(answer.stacks), { "queue-stack": "queue", forgotten: null });
    assert.deepEqual(owners(answer.layers), { "dev-web": "web", legacy: null });
    assert.deepEqual(owners(answer.buckets), {
      "artifacts-of-sandbox": null,
      somebodys: null,
      "uploads-of-queue": "queue",
      "forgotten-bucket": null,
    });
    assert.deepEqual(
      read(answer.buckets).flatMap(({ name, artifacts }) => (artifacts ? [name] : [])),
      ["artifacts-of-sandbox"],
    );
    assert.equal(answer.status, 0);
    assert.ok(watch.calls.length > 8, "the account was asked");
  });

  it("is shown with versions, sizes and who uses them", async () => {
    const { stdout, status } = await landfall(["--aws", "sandbox"]);
    assert.equal(status, 0, stdout);
    assert.match(
      stdout,
      /dev-web +web +3 .* 1 kB +python3\.12 +open to 444455556666\n +2 .* api\n +1 .* api:1 \(live\)\n/,
    );
    assert.match(stdout, /legacy +not ours +1 .* nobody uses it/);
    assert.match(stdout, /queue-stack +CREATE_COMPLETE .* queue\n/);
    assert.match(stdout, /api +python3\.12 +not ours +dev-web:2/);
  });

  it("and lacks what is declared is told, and what is there is not", async () => {
    const { missing, findings } = await discovered();
    assert.deepEqual(missing, [{ component: "web", kind: "stack", name: "layers-sandbox-web" }]);
    assert.deepEqual(
      findings.map(({ code, component }) => [code, component]),
      [["not-in-account", "web"]],
    );
  });

  it("of a profile without an environment is nobody's", async () => {
    const answer = await discovered(["--aws", "--profile", "sandbox-key"]);
    assert.equal(answer.status, 0);
    assert.deepEqual(answer.aws, { account: "111122223333", region: "us-east-2", profile: "sandbox-key" });
    assert.equal(answer.environment, null);
    assert.deepEqual(owners(answer.layers), { "dev-web": null, legacy: null });
    const elsewhere = await discovered(["--aws", "--profile", "sandbox-key", "--region", "eu-west-1"]);
    assert.deepEqual(read(elsewhere.layers), []);
  });
});

describe("an account that is another than the environment's", () => {
  it("is not shown as if it were the environment's", async () => {
    const { status, stdout, stderr } = await landfall(
      ["--aws", "sandbox"],
      manifest().replace("sandbox-key", "production-key"),
    );
    assert.equal(status, 3, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /the account is 111122223333, and .* gave 444455556666/);
  });
});

/** Lists that the identity may not read, and what is named then. */
const refusals: [what: string, is: (call: WatchedCall) => boolean, permission: string][] = [
  ["buckets", ({ action, service }) => service === "s3" && action === "GET /", "s3:ListAllMyBuckets"],
  ["stacks", ({ action }) => action === "DescribeStacks", "cloudformation:DescribeStacks"],
  ["layers", ({ action }) => action === "GET /2018-10-31/layers", "lambda:ListLayers"],
  ["functions", ({ action }) => action === "GET /2015-03-31/functions", "lambda:ListFunctions"],
];

describe("a list that may not be read", () => {
  for (const [kind, is, permission] of refusals)
    it(`of ${kind} is unknown with its permission, and the others are shown: exit code 4`, async () => {
      watch.answer = (call) => (is(call) ? denied(call) : undefined);
      const { status, stdout } = await landfall(["--aws", "sandbox"]);
      assert.equal(status, 4, stdout);
      assert.match(stdout, new RegExp(`^${kind} +unknown: ${permission} is not allowed`, "m"));
      for (const [other] of refusals) if (other !== kind) assert.match(stdout, new RegExp(`^${other}\n  NAME`, "m"));
    });

  it("of functions leaves it open who uses a layer, and lets nobody prune", async () => {
    watch.answer = (call) => (call.action === "GET /2015-03-31/functions" ? denied(call) : undefined);
    const { stdout } = await landfall(["--aws", "sandbox"]);
    assert.match(stdout, /legacy .* users unknown/);
    assert.doesNotMatch(stdout, /nobody uses it/);
  });
});

describe("many answers", () => {
  it("in pages are all read, and an account of several hundred functions is not cut", async () => {
    const page = (from: number, next?: string) => ({
      status: 200,
      body: JSON.stringify({
        Functions: Array.from({ length: 50 }, (_, index) => ({
          FunctionName: `f${from + index}`,
          FunctionArn: `arn:aws:lambda:us-east-2:111122223333:function:f${from + index}:$LATEST`,
          Version: "$LATEST",
          Layers: from + index === 149 ? [{ Arn: versions[0] }] : [],
        })),
        ...(next === undefined ? {} : { NextMarker: next }),
      }),
    });
    watch.answer = ({ action, query }) => {
      if (action !== "GET /2015-03-31/functions") return undefined;
      assert.equal(query.get("FunctionVersion"), "ALL");
      const marker = Number(query.get("Marker") ?? 0);
      return page(marker, marker === 100 ? undefined : String(marker + 50));
    };
    const answer = await discovered();
    assert.equal(read(answer.functions).length, 150);
    const web = read(answer.layers).find(({ name }) => name === "dev-web");
    assert.ok(web);
    const last = read(web.versions).at(-1);
    assert.ok(last);
    assert.deepEqual(
      read(last.users.functions).map((user) => user.function),
      ["f149"],
    );
  });

  it("that are refused as too many are asked for again, and nothing is lost", async () => {
    let refused = 0;
    watch.answer = ({ action }) => {
      if (action !== "GET /2018-10-31/layers" || refused === 2) return undefined;
      refused += 1;
      return throttle;
    };
    const answer = await discovered();
    assert.equal(answer.status, 0);
    assert.deepEqual([refused, read(answer.layers).length], [2, 2]);
  });

  it("that are always refused as too many are unknown, and no empty list", async () => {
    watch.answer = ({ action }) => (action === "GET /2018-10-31/layers" ? throttle : undefined);
    const answer = await discovered();
    assert.equal(answer.status, 4);
    assert.deepEqual(
      [answer.layers.state, answer.layers.state === "unknown" && answer.layers.code],
      ["unknown", "aws-throttled"],
    );
  });
});

it("what is stopped on the way says nothing of the account", async () => {
  const session = sessionOf();
  const stop = new AbortController();
  watch.answer = ({ action }) => {
    if (action === "DescribeStacks") stop.abort();
    return undefined;
  };
  await assert.rejects(lookAround(session, stop.signal), { name: "AbortError" });
  session.close();
});

describe("a draft", () => {
  it("is a manifest that the product's own loader takes, with what was found", async () => {
    const { stdout, status } = await landfall(["--aws", "--profile", "sandbox-key", "--draft"]);
    assert.equal(status, 0, stdout);
    const { manifest: loaded, environment } = await load(stdout);
    assert.deepEqual(Object.keys(loaded.manifest.components).sort(), ["dev-web", "forgotten", "legacy", "queue-stack"]);
    assert.deepEqual(environment.account?.aws, {
      account: "111122223333",
      region: "us-east-2",
      profile: "sandbox-key",
    });
    assert.equal(environment.account?.artifacts?.name, "artifacts-of-sandbox");
  });

  it("without a list that could not be read says so itself, and is not taken for whole", async () => {
    watch.answer = (call) => (call.action === "DescribeStacks" ? denied(call) : undefined);
    const { stdout, status } = await landfall(["--aws", "sandbox", "--draft"]);
    assert.equal(status, 4, stdout);
    assert.match(
      stdout,
      /# Without the stacks, which could not be read: cloudformation:DescribeStacks is not allowed\./,
    );
    const { manifest: loaded } = await load(stdout);
    assert.equal(loaded.manifest.application, "layers");
  });

  it("of an account without anything is refused", async () => {
    const { status, stderr, stdout } = await landfall(["--aws", "--profile", "production-key", "--draft"]);
    assert.equal(status, 3);
    assert.equal(stdout, "");
    assert.match(stderr, /nothing to draft from/);
  });

  async function load(text: string) {
    await repository.write({ "landfall.yaml": text });
    const loaded = await loadManifest({ directory: repository.directory, providers });
    const [name = ""] = Object.keys(loaded.manifest.environments);
    return {
      manifest: loaded,
      environment: resolveEnvironment(loaded, { environment: name, env: {}, commit: null, providers }),
    };
  }
});

describe("an account that was deployed to", () => {
  let scene: LayersScene;
  before(async () => {
    scene = await layersScene();
    await scene.repository.checkout("test");
    const end = await scene.landfall(["deploy", "sandbox"]);
    assert.equal(end.status, 0, end.stdout + end.stderr);
    scene.aws.journal.forget();
  });
  after(async () => await scene?.remove());

  const discover = async (environment: string) => {
    const { stdout, status } = await scene.landfall(["discover", "--aws", environment, "--json"]);
    assert.equal(status, 0, stdout);
    assert.deepEqual(scene.aws.journal.writes(), []);
    return JSON.parse(stdout) as DiscoverAnswer;
  };

  it("has what its components made, and nothing is missing", async () => {
    const { stacks, layers, buckets, missing } = await discover("sandbox");
    assert.deepEqual(owners(stacks), {
      "shared-layers-sandbox-web": "web",
      "shared-layers-sandbox-toolkit": "toolkit",
    });
    assert.deepEqual(owners(layers), { "sandbox-web-layer": "web", "sandbox-toolkit-layer": "toolkit" });
    assert.deepEqual(
      read(layers)
        .map(({ stack }) => stack)
        .sort(),
      Object.keys(owners(stacks)).sort(),
    );
    assert.deepEqual(
      read(buckets).map(({ artifacts }) => artifacts),
      [true],
    );
    assert.deepEqual(missing, []);
  });

  it("is another than the one that nothing was deployed to: there all but the bucket is missing", async () => {
    const { layers, missing } = await discover("production");
    assert.deepEqual(read(layers), []);
    assert.deepEqual(missing.map(({ kind, name }) => `${kind} ${name}`).sort(), [
      "layer production-toolkit-layer",
      "layer production-web-layer",
      "stack shared-layers-production-toolkit",
      "stack shared-layers-production-web",
    ]);
  });

  it("drafts its layers as the components that made them, and no stack beside them", async () => {
    const { stdout } = await scene.landfall(["discover", "--aws", "sandbox", "--draft"]);
    await scene.repository.write({ "landfall.yaml": stdout });
    const { manifest: drafted } = await loadManifest({ directory: scene.repository.directory, providers });
    assert.deepEqual(
      Object.entries(drafted.components)
        .map(([name, { type }]) => [name, type])
        .sort(),
      [
        ["toolkit", "lambda-layer"],
        ["web", "lambda-layer"],
      ],
    );
  });
});

describe("who uses a layer version", () => {
  it("is answered for each, in order, and only what nobody can use is unused", async () => {
    const session = sessionOf();
    const legacy = "arn:aws:lambda:us-east-2:111122223333:layer:legacy:1";
    const users = await layerUsers(session, [...versions, legacy], AbortSignal.timeout(30_000));
    session.close();
    assert.deepEqual(users.map(isUnused), [false, false, false, true]);
    assert.deepEqual(
      users.map(({ layer }) => layer),
      [...versions, legacy],
    );
    const listed = watch.calls.filter(({ action }) => action === "GET /2015-03-31/functions");
    assert.equal(listed.length, 1, "the functions were listed once for all of them");
    assert.deepEqual(writesOf(watch.calls), []);
  });
});

describe("a command line", () => {
  const wrong: [claim: string, args: string[], told: RegExp][] = [
    ["that does not say what to look at", ["sandbox"], /say --aws/],
    ["with an environment and a profile", ["--aws", "sandbox", "--profile", "p"], /either ENV or --profile/],
    ["with a region that is none", ["--aws", "--profile", "sandbox-key", "--region", "ohio"], /--region/],
  ];
  for (const [claim, args, told] of wrong)
    it(`${claim} is refused with exit code 2`, async () => {
      const { status, stderr } = await landfall(args);
      assert.equal(status, 2, stderr);
      assert.match(stderr, told);
    });
});

/** The account's administrator, watched. */
function sessionOf(): AwsSession {
  const { access } = moto.account("sandbox");
  const chain = { identity: async () => access.credentials, region: async () => null };
  return new AwsSession({ account: "111122223333", region: "us-east-2", endpoint: watch.url }, chain);
}

function denied({ service }: WatchedCall): Answer {
  if (service === "lambda")
    return {
      status: 403,
      headers: { "x-amzn-errortype": "AccessDeniedException" },
      body: JSON.stringify({ Message: "not you" }),
    };
  const error = "<Code>AccessDenied</Code><Message>not you</Message>";
  const body = service === "s3" ? `<Error>${error}</Error>` : `<ErrorResponse><Error>${error}</Error></ErrorResponse>`;
  return { status: 403, body };
}

const throttle: Answer = {
  status: 429,
  headers: { "x-amzn-errortype": "TooManyRequestsException" },
  body: JSON.stringify({ Reason: "CallerRateLimitExceeded", message: "Rate exceeded" }),
};
