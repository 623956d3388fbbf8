import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Wanted } from "../provider.ts";
import type { StackFacts } from "./facts.ts";
import { plan } from "./plan.ts";
import { asShown } from "./shown.ts";
import { type StackPlace, StackSpec } from "./spec.ts";

const file = "stack.yaml";
const digest = (n: number) => `sha256:${String(n).padStart(64, "0")}`;

const place = (parameters: object = {}): StackPlace => ({
  application: "shared",
  environment: "sandbox",
  component: "topics",
  target: "aws",
  spec: StackSpec.parse({ template: file, parameters }),
  at: {},
  values: {},
  fromOutside: [],
  aws: { account: "111122223333", region: "us-east-2" },
});

const topic = (value: string, stage = "dev") => `Parameters: { Stage: { Type: String, Default: ${stage} } }
Resources:
  Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: ${value} } }
  Other: { Type: AWS::SNS::Topic }
`;

/** A stack with this template, as CloudFormation shows it. */
const facts = (text: string, stage = "dev"): StackFacts => ({
  stack: {
    name: "s",
    status: "UPDATE_COMPLETE",
    statusReason: "",
    parameters: { Stage: asShown(stage) },
    outputs: {},
    tags: {},
  },
  template: asShown(text),
  bucket: null,
});

/** @param source the number of the source that is wanted; that of 1 is proven. */
const wanted = (text: string, source: number): Wanted => ({
  commit: "9".repeat(40),
  digest: digest(source),
  accepts: [],
  force: false,
  once: {},
  answers: {},
  artifact: null,
  texts: { [file]: text },
  runsOnce: true,
  proven: [digest(1)],
  ledger: "ledger-1",
});

const outcome = ({ reason, steps, findings }: ReturnType<typeof plan>) => {
  assert.deepEqual(findings, []);
  return { reason, steps: steps.map(({ name }) => name), changed: steps[0]?.input.changed };
};

describe("the plan of a stack", () => {
  it("leaves alone what was proven with characters that CloudFormation shows as `?`", () => {
    const found = outcome(plan(place(), facts(topic("Café")), wanted(topic("Café"), 1)));
    assert.deepEqual(found.steps, []);
  });

  it("has CloudFormation compare such characters for a source that was not proven last", () => {
    const found = outcome(plan(place(), facts(topic("Café")), wanted(topic("Cafè"), 2)));
    assert.deepEqual(found, {
      reason: "CloudFormation shows no characters outside ASCII, so it is asked whether they changed",
      steps: ["stack"],
      changed: ["Topic"],
    });
  });

  it("names what differs beyond such characters, and lets those change too", () => {
    const after = topic("Cafè").replace("Other: { ", "Other: { DeletionPolicy: Retain, ");
    const found = outcome(plan(place(), facts(topic("Café")), wanted(after, 1)));
    assert.deepEqual(found, { reason: "changes Other", steps: ["stack"], changed: ["Topic", "Other"] });
  });

  it("treats a parameter that is shown with `?` as one that is not shown", () => {
    const given = plan(place({ Stage: "Café" }), facts(topic("x"), "Café"), wanted(topic("x"), 1));
    assert.equal(outcome(given).reason, "sets the parameters Stage");
    const byDefault = plan(place(), facts(topic("x", "Café"), "Café"), wanted(topic("x", "Café"), 1));
    assert.deepEqual(outcome(byDefault).steps, []);
    const other = plan(place(), facts(topic("x", "Café"), "Cafés"), wanted(topic("x", "Café"), 1));
    assert.equal(outcome(other).reason, "sets the parameters Stage");
  });
});
