import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { CloudFormationClient, DescribeStacksCommand, UpdateStackCommand } from "@aws-sdk/client-cloudformation";
import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { claimsOf, codesOf, documentOf, errorOf, stepsOf } from "../helpers/aws/document.ts";
import { type LayersScene, layersScene } from "../helpers/aws/layers-scene.ts";

const component = `  settings:
    type: cloudformation
    source: [stacks]
    template: stacks/settings.yaml
    parameters: { Level: "\${vars.prefix}" }
`;

const template = (value: string, more = "") => `AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Level: { Type: String }
Resources:
  Setting:
    Type: AWS::SSM::Parameter
    Properties: { Name: !Sub "/app/\${Level}/setting", Type: String, Value: ${value} }
${more}Outputs:
  Name: { Value: !Ref Setting }
`;

const second = `  Second:
    Type: AWS::SSM::Parameter
    Properties: { Name: /app/second, Type: String, Value: two }
`;

const stack = "shared-layers-sandbox-settings";

describe("a whole stack", { concurrency: false }, () => {
  let scene: LayersScene;
  let cloudformation: CloudFormationClient;
  let ssm: SSMClient;
  before(async () => {
    scene = await layersScene({ components: component });
    cloudformation = new CloudFormationClient(scene.aws.access("sandbox"));
    ssm = new SSMClient(scene.aws.moto.account("sandbox").access);
    await scene.commit({ "stacks/settings.yaml": template("one") }, "test");
  });
  after(async () => await scene.remove());
  afterEach(async () => await scene.aws.stacks.settled());

  const landfall = async (verb: string, ...more: string[]) => {
    scene.aws.journal.forget();
    return await scene.landfall([verb, "sandbox", "settings", "--json", ...more]);
  };
  const proven = async () => {
    const end = await landfall("deploy");
    assert.equal(end.status, 0, end.stdout + end.stderr);
    return end;
  };
  const writes = () => scene.aws.journal.writes().map(({ action }) => action);

  it("is made, and proven by its state, template, parameters, outputs and by drift", async () => {
    const end = await proven();
    assert.deepEqual(claimsOf(end, "settings"), [
      "stack proven",
      "template proven",
      "parameters proven",
      "outputs proven",
      "drift proven",
    ]);
    assert.match(end.stdout, /\/app\/sandbox\/setting/, "outputs are evidence");
  });

  it("is left alone when nothing changed, and when only its words changed", async () => {
    assert.deepEqual(stepsOf(await proven()), []);
    assert.deepEqual(writes(), []);
    await scene.commit({ "stacks/settings.yaml": `# for people\n${template("one")}` });
    assert.deepEqual(stepsOf(await proven()), []);
    assert.deepEqual(writes(), []);
  });

  it("is changed by what the plan names, resource by resource", async () => {
    await scene.commit({ "stacks/settings.yaml": template("two", second) });
    const plan = await landfall("plan");
    assert.match(plan.stdout, /adds Second; changes Setting/);
    assert.deepEqual(writes(), []);
    const end = await proven();
    assert.deepEqual(stepsOf(end), ["settings stack done"]);
  });

  it("that was changed behind its back is drift: refuted, with what differs", async () => {
    await ssm.send(new PutParameterCommand({ Name: "/app/second", Value: "by hand", Overwrite: true }));
    const end = await landfall("prove");
    assert.equal(end.status, 1, end.stdout);
    assert.ok(claimsOf(end, "settings").includes("drift refuted stack-drift"), end.stdout);
    assert.match(end.stdout, /Second \(AWS::SSM::Parameter\) MODIFIED at \/Value/);
    await ssm.send(new PutParameterCommand({ Name: "/app/second", Value: "two", Overwrite: true }));
    assert.equal((await landfall("prove")).status, 0);
  });

  it("whose template somebody changed is refuted, and brought back", async () => {
    const TemplateBody = template("by hand", second);
    const Parameters = [{ ParameterKey: "Level", ParameterValue: "sandbox" }];
    await cloudformation.send(new UpdateStackCommand({ StackName: stack, TemplateBody, Parameters }));
    await scene.aws.stacks.settled();
    const end = await landfall("prove");
    assert.equal(end.status, 1, end.stdout);
    assert.ok(claimsOf(end, "settings").includes("template refuted stack-differs"), end.stdout);
    await proven();
  });

  it("with characters that CloudFormation shows as `?` is proven, left alone, and changed for one of them", async () => {
    const texts = async () => {
      const { Parameter } = await ssm.send(new GetParameterCommand({ Name: "/app/sandbox/setting" }));
      return Parameter?.Value;
    };
    for (const value of ["Café – 1", "Cafè – 1"]) {
      await scene.commit({ "stacks/settings.yaml": template(value, second) });
      const unsure = await landfall("prove", "--ref", "HEAD");
      const end = await proven();
      assert.deepEqual(stepsOf(end), ["settings stack done"]);
      assert.equal(await texts(), value);
      assert.match(end.stdout, /characters outside ASCII cannot be read back/);
      const changes = value === "Cafè – 1" ? "template unknown stack-differs" : "template refuted stack-differs";
      assert.ok(claimsOf(unsure, "settings").includes(changes), unsure.stdout);
      assert.deepEqual(stepsOf(await proven()), []);
      assert.deepEqual(writes(), []);
      assert.equal((await landfall("prove")).status, 0);
    }
    await scene.commit({ "stacks/settings.yaml": template("two", second) });
    await proven();
  });

  it("that would replace a resource is not changed, unless the manifest allows it", async () => {
    await scene.commit({ "stacks/settings.yaml": template("two", second.replace("/app/second", "/app/third")) });
    const end = await landfall("deploy");
    assert.equal(end.status, 1, end.stdout);
    assert.equal(errorOf(end).code, "unexpected-change");
    assert.match(errorOf(end).message, /abandoned, and nothing was changed: it would replace Second/);
    assert.ok(writes().includes("DeleteChangeSet") && !writes().includes("ExecuteChangeSet"), writes().join());
    const manifest = await scene.read("landfall.yaml");
    await scene.commit({
      "landfall.yaml": manifest.replace("    parameters: {", "    mayReplace: [Second]\n    parameters: {"),
    });
    await proven();
  });

  it("whose change fails tells the events that caused it, and is as it was", async () => {
    scene.aws.stacks.fail({ logicalId: "Setting", on: "update", reason: "the value is not allowed" });
    await scene.commit({ "stacks/settings.yaml": template("three", second.replace("/app/second", "/app/third")) });
    const end = await landfall("deploy");
    assert.equal(end.status, 1, end.stdout);
    assert.equal(errorOf(end).code, "stack-failed");
    assert.match(errorOf(end).message, /UPDATE_ROLLBACK_COMPLETE: Setting: .*the value is not allowed/);
    await proven();
  });

  it("that cannot even roll back is blocked with the way out", async () => {
    scene.aws.stacks.fail({ logicalId: "Fourth", on: "create", reason: "no" });
    scene.aws.stacks.fail({ logicalId: "Setting", on: "rollback", reason: "cannot be undone" });
    const fourth = second.replace("Second", "Fourth").replace("/app/second", "/app/fourth");
    await scene.commit({
      "stacks/settings.yaml": template("four", second.replace("/app/second", "/app/third") + fourth),
    });
    const end = await landfall("deploy");
    assert.equal(end.status, 1, end.stdout);
    const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName: stack }));
    assert.equal(Stacks?.[0]?.StackStatus, "UPDATE_ROLLBACK_FAILED");
    const again = await landfall("deploy");
    assert.equal(again.status, 3, again.stdout);
    assert.deepEqual(codesOf(again), ["stack-stuck"]);
    assert.match(again.stdout, /aws cloudformation continue-update-rollback --stack-name/);
    assert.deepEqual(writes(), []);
  });

  it("whose creation fails and cannot be taken back is blocked with the way out", async () => {
    const manifest = await scene.read("landfall.yaml");
    const failing = template("one").replace("/app/", "/failing/");
    const both = failing.replace("Outputs:", `${second.replace("/app/second", "/failing/second")}Outputs:`);
    await scene.commit({
      "landfall.yaml": manifest.replace("    mayReplace", "    stack: failing-settings\n    mayReplace"),
    });
    await scene.commit({ "stacks/settings.yaml": both });
    scene.aws.stacks.fail({ logicalId: "Second", on: "create", reason: "no", stack: "failing-settings" });
    scene.aws.stacks.fail({ logicalId: "Setting", on: "delete", reason: "stays", stack: "failing-settings" });
    const end = await landfall("deploy");
    assert.equal(end.status, 1, end.stdout);
    assert.match(errorOf(end).message, /ROLLBACK_FAILED/);
    const again = await landfall("deploy");
    assert.equal(again.status, 3, again.stdout);
    assert.deepEqual(codesOf(again), ["stack-stuck"]);
    assert.match(again.stdout, /ROLLBACK_FAILED.*delete-stack --stack-name failing-settings/s);
    assert.deepEqual(writes(), []);
    await scene.commit({ "landfall.yaml": manifest });
  });

  it("with a resource that is gone is drift, whatever the stack says of itself", async () => {
    await scene.commit({
      "landfall.yaml": (await scene.read("landfall.yaml")).replace(
        "    mayReplace",
        "    stack: second-settings\n    mayReplace",
      ),
    });
    await scene.commit({ "stacks/settings.yaml": template("one").replace("/app/", "/own/") });
    await proven();
    await ssm.send(new DeleteParameterCommand({ Name: "/own/sandbox/setting" }));
    const end = await landfall("prove");
    assert.equal(end.status, 1, end.stdout);
    assert.match(end.stdout, /Setting \(AWS::SSM::Parameter\) DELETED/);
  });
});

describe("templates that are refused before anything is written", { concurrency: false }, () => {
  let scene: LayersScene;
  before(async () => {
    scene = await layersScene({ components: component });
  });
  after(async () => await scene.remove());

  const cases: [title: string, files: Record<string, string | null>, code: string, says: RegExp][] = [
    [
      "one that is not in the commit",
      { "stacks/settings.yaml": null, "stacks/other.yaml": "a: 1\n" },
      "template-missing",
      /stacks\/settings\.yaml is not among/,
    ],
    ["one that is no YAML", { "stacks/settings.yaml": "Resources: [" }, "template-invalid", /settings\.yaml/],
    ["one without resources", { "stacks/settings.yaml": "Outputs: {}\n" }, "template-invalid", /no resources/],
    [
      "one with a parameter that it does not have, and without one that it needs",
      { "stacks/settings.yaml": template("one").replace("  Level: { Type: String }", "  Levels: { Type: String }") },
      "template-invalid template-invalid",
      /no parameter Level; did you mean `Levels`.*Levels has no default/,
    ],
    [
      "one with a resource that CloudFormation does not know",
      { "stacks/settings.yaml": template("one", "  X: { Type: AWS::No::Such }\n") },
      "template-invalid",
      /AWS::No::Such/,
    ],
    [
      "one that names files of this machine",
      {
        "stacks/settings.yaml":
          "Parameters: { Level: { Type: String } }\nResources:\n  App:\n    Type: AWS::Serverless::Function\n    Properties: { CodeUri: ./app }\n",
      },
      "template-invalid",
      /App\.CodeUri: \.\/app/,
    ],
  ];
  for (const [title, files, code, says] of cases)
    it(title, async () => {
      await scene.commit(files, "test");
      scene.aws.journal.forget();
      const end = await scene.landfall(["deploy", "sandbox", "settings", "--json"]);
      assert.equal(end.status, 3, end.stdout);
      assert.deepEqual(codesOf(end), code.split(" "));
      assert.match(
        documentOf(end)
          .rollout.findings.map(({ message }) => message)
          .join(),
        says,
      );
      assert.deepEqual(scene.aws.journal.writes(), []);
    });

  it("one above what a call takes goes through the bucket, under its digest", async () => {
    const padding = `Metadata: { Padding: "${"x".repeat(60_000)}" }\n`;
    await scene.commit({ "stacks/settings.yaml": template("one") + padding }, "test");
    scene.aws.journal.forget();
    const end = await scene.landfall(["deploy", "sandbox", "settings", "--json"]);
    assert.equal(end.status, 0, end.stdout + end.stderr);
    assert.equal(scene.aws.journal.count({ action: "PutObject" }), 1);
  });

  it("one that makes roles needs the manifest's word for it", async () => {
    const role = `  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [] }
`;
    await scene.commit({ "stacks/settings.yaml": template("one", role) }, "test");
    scene.aws.journal.forget();
    const end = await scene.landfall(["deploy", "sandbox", "settings", "--json"]);
    assert.equal(end.status, 3, end.stdout);
    assert.deepEqual(codesOf(end), ["template-invalid"]);
    assert.match(end.stdout, /needs CAPABILITY_IAM.*capabilities: \[CAPABILITY_IAM\]/s);
    assert.deepEqual(scene.aws.journal.writes(), []);
  });
});
