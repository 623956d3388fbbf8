import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Stack } from "../../io/aws/cloudformation.ts";
import type { Wanted } from "../provider.ts";
import type { LayerFacts } from "./facts.ts";
import { ownLayer, rendered } from "./own-template.ts";
import { plan } from "./plan.ts";
import { type LayerPlace, LayerSpec } from "./spec.ts";

const file = "template.json";
const digest = `sha256:${"1".repeat(64)}`;
const arn = "arn:aws:lambda:us-east-2:111122223333:layer:dev-web:1";

/** A template with one parameter, whose layer has these properties too. */
const template = (layer: object = {}, more: object = {}) =>
  JSON.stringify({
    Parameters: { Stage: { Type: "String", Default: "dev" } },
    Resources: {
      Web: {
        Type: "AWS::Lambda::LayerVersion",
        UpdateReplacePolicy: "Retain",
        Properties: { LayerName: { "Fn::Sub": "${Stage}-web" }, Content: {}, ...layer },
      },
    },
    Outputs: { Arn: { Value: { Ref: "Web" } } },
    ...more,
  });

const place = (parameters: object, more: object = {}): LayerPlace => ({
  application: "shared",
  environment: "sandbox",
  component: "web",
  target: "aws",
  spec: LayerSpec.parse({ name: "dev-web", template: { file, output: "Arn", parameters }, ...more }),
  at: {},
  values: {},
  fromOutside: [],
  aws: { account: "111122223333", region: "us-east-2" },
  artifacts: { name: "bucket", prefix: "" },
});

/** A stack that holds the artifact by this template, with `Stage` as the template has it. */
function facts(text: string): LayerFacts {
  const own = ownLayer({ file, output: "Arn", parameters: {}, capabilities: [] }, text);
  assert.ok("id" in own);
  const stack: Stack = {
    name: "shared-sandbox-web",
    status: "UPDATE_COMPLETE",
    statusReason: "",
    parameters: { Stage: "dev" },
    tags: {},
    outputs: { Arn: arn },
  };
  const current = {
    arn,
    version: 1,
    sha256: digest.slice(7),
    bytes: 10,
    description: "",
    runtimes: [],
    architectures: [],
    created: "",
  };
  const live = rendered(own.template, own.id, { bucket: "bucket", key: "key", digest });
  return { stack, template: live, output: arn, current, arns: {}, alive: [arn], bucket: { state: "usable" } };
}

const wanted = (text: string): Wanted => ({
  commit: "9".repeat(40),
  digest: `sha256:${"2".repeat(64)}`,
  accepts: [],
  force: false,
  once: {},
  answers: {},
  artifact: { digest, bytes: 10, at: "" },
  texts: { [file]: text },
  runsOnce: true,
  proven: [],
  ledger: "ledger-1",
});

/** What is planned for the template that the stack has, or for another. */
const planned = (at: LayerPlace, text = template(), live = template()) => plan(at, facts(live), wanted(text));
const names = ({ steps }: ReturnType<typeof plan>) => steps.map(({ name }) => name);
const told = ({ findings }: ReturnType<typeof plan>) => findings.map(({ level, message }) => `${level}: ${message}`);

describe("the plan of a layer with a template of its author", () => {
  it("leaves alone what has this template and these parameters, given or by default", () => {
    for (const parameters of [{}, { Stage: "dev" }])
      assert.deepEqual([names(planned(place(parameters))), told(planned(place(parameters)))], [[], []]);
  });

  it("changes the stack for another parameter alone, and names it", () => {
    const found = planned(place({ Stage: "prod" }));
    assert.deepEqual(names(found), ["upload", "stack"]);
    assert.equal(found.reason, "the manifest sets the parameters Stage");
  });

  it("changes the stack for another output alone", () => {
    const more = { Outputs: { Arn: { Value: { Ref: "Web" } }, Other: { Value: "x" } } };
    assert.deepEqual(names(planned(place({}), template({}, more))), ["upload", "stack"]);
  });

  it("is blocked by a parameter that the template does not have, and by one that nobody gives", () => {
    assert.deepEqual(told(planned(place({ Stagee: "prod" }))), [
      `block: ${file}: it has no parameter Stagee; did you mean \`Stage\`?`,
    ]);
    const needs = template({}, { Parameters: { Stage: { Type: "String" } } });
    assert.deepEqual(told(planned(place({}), needs)), [
      `block: ${file}: its parameter Stage has no default, and the manifest gives none`,
    ]);
  });

  it("is blocked by a template whose layer is for something else than the manifest says", () => {
    const python = template({ CompatibleRuntimes: ["python3.13", "python3.12"] });
    assert.deepEqual(told(planned(place({}), python, python)), [
      `block: ${file} makes Web for the runtimes python3.12, python3.13, and the manifest says none`,
    ]);
    const both = { runtimes: ["python3.12", "python3.13"] };
    assert.deepEqual(told(planned(place({}, both), python, python)), []);
    assert.deepEqual(told(planned(place({}, { runtimes: ["python3.12"], architectures: ["arm64"] }))), [
      `block: ${file} makes Web for the runtimes none, and the manifest says python3.12`,
      `block: ${file} makes Web for the architectures x86_64, and the manifest says arm64`,
    ]);
  });

  it("sees every character of its own template, since what is sent is ASCII", () => {
    const [before, after] = ["Café", "Cafè"].map((LicenseInfo) => template({ LicenseInfo }));
    assert.match(facts(before ?? "").template ?? "", /Caf\\u00e9/);
    assert.deepEqual(names(planned(place({}), before, before)), []);
    assert.deepEqual(names(planned(place({}), after, before)), ["upload", "stack"]);
  });

  it("leaves what functions come to for the proof", () => {
    const text = template({ CompatibleRuntimes: { Ref: "Runtimes" }, CompatibleArchitectures: [{ Ref: "Stage" }] });
    assert.deepEqual(told(planned(place({}), text, text)), []);
  });
});
