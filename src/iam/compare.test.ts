import assert from "node:assert/strict";
import { test } from "node:test";
import type { Permission } from "../model/permission.ts";
import { comparePolicies } from "./compare.ts";
import { policiesFor } from "./generate.ts";
import { neededOf } from "./needed.ts";
import { parsePolicy } from "./parse.ts";

const bucket = "arn:aws:s3:::artifacts";
const layer = "arn:aws:lambda:us-east-2:111122223333:layer:web";
const permissions: Permission[] = [
  { actions: ["s3:GetObject", "s3:PutObject"], resources: [`${bucket}/web/*`], why: "uploads the package" },
  { actions: ["lambda:GetLayerVersion"], resources: [`${layer}:*`], why: "reads what runs" },
  { actions: ["cloudformation:ValidateTemplate"], resources: ["*"], why: "checks the template" },
];
const needed = neededOf(permissions, "us-east-2");

function compare(statements: unknown[], boundary?: unknown[]) {
  const read = (name: string, list: unknown[]) =>
    parsePolicy(name, JSON.stringify({ Version: "2012-10-17", Statement: list }));
  const present = {
    identity: [read("policy deploy", statements)],
    boundary: boundary ? read("boundary", boundary) : null,
  };
  return comparePolicies(needed, present, () => ({ values: {}, complete: false }));
}

const all = { Effect: "Allow", Action: "*", Resource: "*" };
const generated = () => structuredClone(policiesFor(needed)[0]?.Statement ?? []);

test("every action that is taken from the generated policy is named, with what it is needed for", () => {
  const actions = generated().flatMap(({ Action }) => Action);
  assert.equal(actions.length, 4);
  for (const action of actions) {
    const statements = generated().map((each) => ({ ...each, Action: each.Action.filter((one) => one !== action) }));
    const { missing } = compare(statements.filter(({ Action }) => Action.length > 0));
    assert.deepEqual(
      missing.map((each) => [each.action, each.answer]),
      [[action, "denied"]],
    );
    assert.equal(missing[0]?.why, needed.find((each) => each.action === action)?.why);
    assert.match(missing[0]?.reason ?? "", /^no statement allows it$/);
  }
});

test("the region of the environment is allowed, and another is not", () => {
  const within = (region: string) => ({ ...all, Condition: { StringEquals: { "aws:RequestedRegion": region } } });
  assert.deepEqual(compare([within("us-east-2")]).missing, []);
  assert.equal(compare([within("eu-west-1")]).missing.length, 4);
});

test("what depends on what is not known is unknown, and names the statement", () => {
  const deny = {
    Sid: "Vpc",
    Effect: "Deny",
    Action: "s3:PutObject",
    Resource: "*",
    Condition: { StringNotEquals: { "aws:SourceVpc": "vpc-1" } },
  };
  const { missing } = compare([all, deny]);
  assert.deepEqual(
    missing.map(({ action, answer }) => [action, answer]),
    [["s3:PutObject", "unknown"]],
  );
  assert.match(missing[0]?.reason ?? "", /statement 2 \(Vpc\) of policy deploy may deny it: .*aws:SourceVpc/);
});

test("what the boundary leaves out is missing", () => {
  const { missing } = compare([all], [{ Effect: "Allow", Action: ["s3:*", "cloudformation:*"], Resource: "*" }]);
  assert.deepEqual(
    missing.map(({ action }) => action),
    ["lambda:GetLayerVersion"],
  );
});

test("what nothing needs is superfluous, and each resource of it is named", () => {
  const statements = [
    ...generated(),
    {
      Effect: "Allow",
      Action: ["s3:DeleteObject", "s3:GetObject"],
      Resource: [`${bucket}/web/*`, `${bucket}/other/*`],
    },
  ];
  const statement = "statement 4 of policy deploy";
  assert.deepEqual(compare(statements).superfluous, [
    { statement, action: "s3:DeleteObject", resources: [`${bucket}/web/*`, `${bucket}/other/*`], needed: [] },
    { statement, action: "s3:GetObject", resources: [`${bucket}/other/*`], needed: [] },
  ]);
});

test("of a wildcard it is told what is needed", () => {
  const { missing, superfluous } = compare([
    { Effect: "Allow", Action: ["s3:*", "lambda:GetLayerVersion"], Resource: "*" },
    { Effect: "Allow", Action: "cloudformation:ValidateTemplate", Resource: "*" },
  ]);
  assert.deepEqual(missing, []);
  assert.deepEqual(
    superfluous.map(({ action, resources, needed }) => ({ action, resources, needed })),
    [
      {
        action: "s3:*",
        resources: ["*"],
        needed: [`s3:GetObject on ${bucket}/web/*`, `s3:PutObject on ${bucket}/web/*`],
      },
      { action: "lambda:GetLayerVersion", resources: ["*"], needed: [`${layer}:*`] },
    ],
  );
});

test("what is allowed by an exception is told as one", () => {
  const { superfluous } = compare([{ Effect: "Allow", NotAction: "iam:*", Resource: "*" }]);
  assert.equal(superfluous[0]?.action, "everything but iam:*");
  assert.equal(superfluous[0]?.needed.length, 4);
});

test("a deny grants nothing, so it is never superfluous", () => {
  assert.deepEqual(compare([{ ...all, Effect: "Deny" }]).superfluous, []);
});

test("what is useful and not needed is neither missing nor superfluous", () => {
  const own: Permission = {
    actions: ["iam:GetRole"],
    resources: ["arn:aws:iam::111122223333:role/deploy"],
    why: "reads itself",
  };
  const useful = neededOf([own], "us-east-2");
  const compareWith = (statements: unknown[]) => {
    const document = JSON.stringify({ Version: "2012-10-17", Statement: statements });
    const present = { identity: [parsePolicy("policy deploy", document)], boundary: null };
    return comparePolicies(needed, present, () => ({ values: {}, complete: false }), useful);
  };
  const none = { missing: [], superfluous: [] };
  assert.deepEqual(compareWith(generated()), none);
  assert.deepEqual(
    compareWith([...generated(), { Effect: "Allow", Action: own.actions, Resource: own.resources }]),
    none,
  );
});

test("what a variable may stand for is not called superfluous", () => {
  const own = { Effect: "Allow", Action: "s3:GetObject", Resource: `${bucket}/\${aws:username}/*` };
  const found = compare([...generated(), own]).superfluous;
  assert.deepEqual(
    found.filter(({ needed }) => needed.length === 0),
    [],
  );
});
