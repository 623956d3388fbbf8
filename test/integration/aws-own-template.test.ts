import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { LambdaClient, ListLayerVersionsCommand } from "@aws-sdk/client-lambda";
import { claimsOf, codesOf, documentOf, stepsOf } from "../helpers/aws/document.ts";
import { type LayersScene, layersScene } from "../helpers/aws/layers-scene.ts";

const manifestKeys = (capabilities: string) => `    source: [layers/web, template.yaml]
    template: { file: template.yaml, output: WebLayer${capabilities} }
`;

const parameters = "Parameters: { Stage: { Type: String, Default: dev } }\n";

const plain = (more = "") => `${parameters}Resources:
  Web:
    Type: AWS::Lambda::LayerVersion
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      LayerName: sandbox-web-layer
      LicenseInfo: !Ref Stage
      CompatibleRuntimes: [python3.12]
      CompatibleArchitectures: [x86_64]
      Content: { S3Bucket: replaced, S3Key: replaced }
${more}Outputs:
  WebLayer: { Value: !Ref Web }
`;

const sam = `Transform: AWS::Serverless-2016-10-31
${parameters}Resources:
  Web:
    Type: AWS::Serverless::LayerVersion
    Properties:
      LayerName: sandbox-web-layer
      LicenseInfo: !Ref Stage
      CompatibleRuntimes: [python3.12]
      CompatibleArchitectures: [x86_64]
      ContentUri: ./layers/web
Outputs:
  WebLayer: { Value: !Ref Web }
`;

for (const [kind, template, capabilities] of [
  ["a CloudFormation template", plain(), ""],
  ["a SAM template", sam, ", capabilities: [CAPABILITY_AUTO_EXPAND]"],
] as const)
  describe(`a layer in ${kind} of its author`, { concurrency: false }, () => {
    let scene: LayersScene;
    let lambda: LambdaClient;
    before(async () => {
      scene = await layersScene();
      lambda = new LambdaClient(scene.aws.moto.account("sandbox").access);
      const manifest = await scene.read("landfall.yaml");
      const own = manifest.replace("    source: [layers/web]\n", manifestKeys(capabilities));
      await scene.commit({ "landfall.yaml": own, "template.yaml": template }, "test");
    });
    after(async () => await scene.remove());
    afterEach(async () => await scene.aws.stacks.settled());
    const deploy = async () => {
      scene.aws.journal.forget();
      return await scene.landfall(["deploy", "sandbox", "web", "--json"]);
    };
    const proven = async () => {
      const end = await deploy();
      assert.equal(end.status, 0, end.stdout + end.stderr);
      return end;
    };
    const versions = async () => {
      const listed = await lambda.send(new ListLayerVersionsCommand({ LayerName: "sandbox-web-layer" }));
      return (listed.LayerVersions ?? []).map(({ Version }) => Version).sort();
    };

    it("is published with the artifact in place of its content, and proven by it", async () => {
      const end = await proven();
      assert.deepEqual(stepsOf(end), ["web upload done", "web stack done"]);
      const content = documentOf(end).rollout.evidence.find(({ claim }) => claim === "content");
      assert.equal(content?.verdict, "proven");
      assert.deepEqual(await versions(), [1]);
    });

    it("is left alone when nothing changed", async () => {
      assert.deepEqual(stepsOf(await proven()), []);
      assert.deepEqual(scene.aws.journal.writes(), []);
    });

    it("is published anew for other content, also for that of an earlier one", async () => {
      await scene.commit({ "layers/web/web.py": "VERSION = 2\n" });
      await proven();
      await scene.commit({ "layers/web/web.py": "VERSION = 1\n" });
      await proven();
      assert.deepEqual(await versions(), [1, 2, 3]);
    });

    it("is not proven with another parameter than the manifest's, and is brought to that one", async () => {
      const manifest = await scene.read("landfall.yaml");
      await scene.commit({ "landfall.yaml": manifest.replace("output: WebLayer", "$&, parameters: { Stage: prod }") });
      const before = await scene.landfall(["prove", "sandbox", "web", "--json"]);
      assert.equal(before.status, 1, before.stdout);
      assert.ok(claimsOf(before, "web").includes("parameters refuted stack-differs"), before.stdout);
      assert.ok(claimsOf(await proven(), "web").includes("parameters proven"));
      assert.deepEqual(stepsOf(await proven()), []);
    });
  });

describe("a template of the author's that cannot be used", { concurrency: false }, () => {
  let scene: LayersScene;
  before(async () => {
    scene = await layersScene();
    const manifest = await scene.read("landfall.yaml");
    await scene.commit({ "landfall.yaml": manifest.replace("    source: [layers/web]\n", manifestKeys("")) }, "test");
  });
  after(async () => await scene.remove());

  const two = plain(`  Other:
    Type: AWS::Lambda::LayerVersion
    Properties: { LayerName: other, Content: { S3Bucket: b, S3Key: k } }
`);
  const cases: [title: string, template: string, says: RegExp][] = [
    [
      "without a layer",
      "Resources:\n  Topic: { Type: AWS::SNS::Topic }\nOutputs: { WebLayer: { Value: x } }\n",
      /has no layer at all/,
    ],
    ["with two layers of which none is named", two, /several layers.*Web, Other/],
    [
      "with a parameter that nobody gives",
      plain().replace(", Default: dev", ""),
      /Stage has no default, and the manifest gives none/,
    ],
    ["for another runtime than the manifest's", plain().replace("python3.12", "python3.13"), /the runtimes python3.13/],
    ["without the output", plain().replace("WebLayer:", "Another:"), /no output WebLayer/],
  ];
  for (const [title, template, says] of cases)
    it(`${title} is refused, and nothing is written`, async () => {
      await scene.commit({ "template.yaml": template }, "test");
      scene.aws.journal.forget();
      const end = await scene.landfall(["deploy", "sandbox", "web", "--json"]);
      assert.equal(end.status, 3, end.stdout);
      assert.deepEqual(codesOf(end), ["template-invalid"]);
      assert.match(end.stdout, says);
      assert.deepEqual(scene.aws.journal.writes(), []);
    });

  it("that deletes earlier versions is warned about", async () => {
    await scene.commit({ "template.yaml": plain().replace("    UpdateReplacePolicy: Retain\n", "") }, "test");
    const end = await scene.landfall(["plan", "sandbox", "web", "--json"]);
    assert.match(end.stdout, /layer-not-retained/);
  });
});
