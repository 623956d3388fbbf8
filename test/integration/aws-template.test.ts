import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { stringify } from "yaml";
import { page, type Request } from "../helpers/aws/cloudformation/actions/request.ts";
import { conditionHolds } from "../helpers/aws/cloudformation/conditions.ts";
import { evaluate } from "../helpers/aws/cloudformation/functions.ts";
import { canonical, type Json, type JsonObject } from "../helpers/aws/cloudformation/json.ts";
import { type Parameter, settleParameters } from "../helpers/aws/cloudformation/parameters.ts";
import { propertyMistakes, resourceSchema } from "../helpers/aws/cloudformation/schemas.ts";
import { scopeOf } from "../helpers/aws/cloudformation/scope.ts";
import { readTemplate } from "../helpers/aws/cloudformation/template.ts";

const template: JsonObject = {
  Mappings: { Sizes: { test: { memory: "128" } } },
  Conditions: {
    IsTest: { "Fn::Equals": [{ Ref: "Stage" }, "test"] },
    IsOther: { "Fn::Not": [{ Condition: "IsTest" }] },
    Both: { "Fn::And": [{ Condition: "IsTest" }, { Condition: "IsOther" }] },
    Either: { "Fn::Or": [{ Condition: "IsTest" }, { Condition: "IsOther" }] },
  },
};
const stage: Parameter = { key: "Stage", value: "test", hidden: false, type: "String" };
const list: Parameter = { key: "Zones", value: "a, b", hidden: false, type: "CommaDelimitedList" };
const scope = scopeOf(template, {
  stackId: "arn:stack",
  stackName: "shared",
  account: "111122223333",
  region: "us-east-2",
  parameters: [stage, list],
  resource: (name) => (name === "Layer" ? "arn:layer:1" : undefined),
  attribute: (resource, name) => (resource === "Role" && name === "Arn" ? "arn:role" : undefined),
  imported: (name) => (name === "shared-arn" ? "arn:shared" : undefined),
});

const $ = (name: string) => `\${${name}}`;
const functions: [Json, Json][] = [
  [{ Ref: "Layer" }, "arn:layer:1"],
  [{ Ref: "Zones" }, ["a", "b"]],
  [{ "Fn::GetAtt": ["Role", "Arn"] }, "arn:role"],
  [{ "Fn::GetAtt": "Role.Arn" }, "arn:role"],
  [
    { "Fn::Sub": `${$("AWS::StackName")}-${$("Stage")}-${$("Role.Arn")}-${$("!Kept")}` },
    `shared-test-arn:role-${$("Kept")}`,
  ],
  [{ "Fn::Sub": [`${$("Name")}!`, { Name: { Ref: "Stage" } }] }, "test!"],
  [{ "Fn::Join": [":", ["a", { Ref: "AWS::Region" }]] }, "a:us-east-2"],
  [{ "Fn::Select": ["1", { Ref: "Zones" }] }, "b"],
  [{ "Fn::Split": ["/", "a/b"] }, ["a", "b"]],
  [{ "Fn::If": ["IsTest", "yes", "no"] }, "yes"],
  [{ a: { "Fn::If": ["IsOther", "yes", { Ref: "AWS::NoValue" }] }, b: 1 }, { b: 1 }],
  [{ "Fn::FindInMap": ["Sizes", { Ref: "Stage" }, "memory"] }, "128"],
  [{ "Fn::ImportValue": { "Fn::Sub": "shared-arn" } }, "arn:shared"],
  [{ "Fn::Base64": "a" }, "YQ=="],
];
for (const [value, expected] of functions)
  test(`${JSON.stringify(value)} is ${JSON.stringify(expected)}`, () =>
    assert.deepEqual(evaluate(value, scope), expected));

const misused: [Json, RegExp][] = [
  [{ "Fn::Select": [5, ["a"]] }, /Fn::Select/],
  [{ "Fn::Join": ["", "a"] }, /Fn::Join/],
  [{ "Fn::FindInMap": ["Sizes", "main", "memory"] }, /Unable to get mapping for Sizes::main::memory/],
  [{ "Fn::ImportValue": "gone" }, /No export named gone found/],
  [{ "Fn::If": ["Gone", 1, 2] }, /Unresolved condition dependency Gone/],
  [{ Ref: "a", other: 1 }, /Ref must be the only key/],
];
for (const [value, message] of misused)
  test(`${JSON.stringify(value)} is refused`, () => assert.throws(() => evaluate(value, scope), { message }));

test("conditions hold as they are put together, and a circle of them is refused", () => {
  const conditions = template.Conditions as JsonObject;
  const holding = Object.keys(conditions).filter((name) => conditionHolds(conditions, name, scope));
  assert.deepEqual(holding, ["IsTest", "Either"]);
  const circle = { A: { "Fn::Not": [{ Condition: "A" }] } };
  assert.throws(() => conditionHolds(circle, "A", scope), /Circular dependency between conditions/);
});

test("a template says the same in JSON and in YAML", () => {
  const values = fc.jsonValue({ maxDepth: 3 }).filter((value) => !JSON.stringify(value).includes("__proto__"));
  fc.assert(
    fc.property(values, (value) => {
      const document = { Metadata: { value } } as unknown as JsonObject;
      assert.equal(canonical(readTemplate(stringify(document))), canonical(readTemplate(JSON.stringify(document))));
    }),
  );
});

test("short forms are the long ones", () => {
  const short = "Metadata:\n  a: !GetAtt A.B.C\n  b: !Sub [x, {y: !Ref Z}]\n  c: !If [T, !Condition U, 2010-09-09]\n";
  const long = {
    a: { "Fn::GetAtt": ["A", "B.C"] },
    b: { "Fn::Sub": ["x", { y: { Ref: "Z" } }] },
    c: { "Fn::If": ["T", { Condition: "U" }, "2010-09-09"] },
  };
  assert.deepEqual(readTemplate(short).Metadata, long);
  assert.throws(() => readTemplate("Metadata: &a {}\nOutputs: *a"), /aliases are not allowed/);
});

test("parameters come from the request, from before, or from their defaults, and keep to what is declared", () => {
  const declared = (more: JsonObject): JsonObject => ({ Parameters: { Stage: { Type: "String", ...more } } });
  const given = (item: JsonObject) => ({ Parameters: [{ ParameterKey: "Stage", ...item }] });
  const settle = (more: JsonObject, input: JsonObject = {}) =>
    settleParameters(declared(more), input, [stage])[0]?.value;
  assert.equal(settle({ Default: "x" }), "x");
  assert.equal(settle({ Default: "x" }, given({ ParameterValue: "y" })), "y");
  assert.equal(settle({ Default: "x" }, given({ UsePreviousValue: true })), "test");
  const refused: [JsonObject, JsonObject, RegExp][] = [
    [{}, {}, /Parameters: \[Stage\] must have values/],
    [{ AllowedValues: ["a"] }, given({ ParameterValue: "b" }), /must be one of AllowedValues/],
    [{ AllowedPattern: "[a-z]+" }, given({ ParameterValue: "ab1" }), /must match pattern/],
    [
      { MaxLength: 2, ConstraintDescription: "short" },
      given({ ParameterValue: "abc" }),
      /failed to satisfy constraint: short/,
    ],
    [{ Type: "Number" }, given({ ParameterValue: "x" }), /must be a number/],
    [{ Type: "AWS::SSM::Parameter::Value<String>" }, {}, /knows no parameters of type/],
    [{ Type: "Text" }, {}, /Unrecognized parameter type: Text/],
    [{ Value: "x" }, {}, /Invalid template parameter property 'Value'/],
  ];
  for (const [more, input, message] of refused) assert.throws(() => settle(more, input), { message });
});

test("properties are held to the published schema: keys, types, values, what is missing and what may only be read", () => {
  const layer = resourceSchema("AWS::Lambda::LayerVersion");
  assert.ok(layer !== null);
  assert.deepEqual([...layer.readOnly], ["LayerVersionArn"]);
  const content = { S3Bucket: "bucket", S3Key: "key" };
  assert.deepEqual(propertyMistakes(layer, { Content: content, LayerName: "a" }), []);
  assert.deepEqual(propertyMistakes(layer, { Content: { S3Bucket: "bucket" } }), [
    "#/Content: required key [S3Key] not found",
  ]);
  assert.deepEqual(propertyMistakes(layer, { Content: content, LayrName: "a" }), [
    "#: extraneous key [LayrName] is not permitted",
  ]);
  assert.match(
    propertyMistakes(layer, { Content: content, CompatibleRuntimes: "python3.12" })[0] ?? "",
    /expected type: array, found: string/,
  );
  assert.match(
    propertyMistakes(layer, { Content: content, CompatibleRuntimes: ["python9"] })[0] ?? "",
    /not a valid enum value/,
  );
  assert.match(
    propertyMistakes(layer, { Content: content, LayerVersionArn: "a" })[0] ?? "",
    /read-only property \[LayerVersionArn\]/,
  );
  assert.equal(resourceSchema("AWS::Lambda::Layer"), null);
});

test("pages cover a list once, whatever their size", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 7 }), (all, size) => {
      const seen: number[] = [];
      let token: string | undefined;
      for (let pages = 0; pages <= all.length; pages += 1) {
        const request = {
          action: "List",
          input: token === undefined ? {} : { NextToken: token },
        } as unknown as Request;
        const { items, next } = page(request, all, size);
        seen.push(...items);
        token = next;
        if (token === undefined) break;
      }
      assert.deepEqual(seen, all);
    }),
  );
});
