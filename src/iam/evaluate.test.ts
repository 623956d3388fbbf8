import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluate } from "./evaluate.ts";
import { parsePolicy } from "./parse.ts";
import type { RequestContext } from "./policy.ts";

type Written = Record<string, unknown>;
type Asked = { action?: string; resource?: string; values?: Record<string, string[]>; open?: boolean };

const layer = "arn:aws:lambda:us-east-2:111122223333:layer:web:3";
const object = "arn:aws:s3:::artifacts/layers/web.zip";
const document = (statement: unknown) => JSON.stringify({ Version: "2012-10-17", Statement: statement });
const allow = (more: Written = {}): Written => ({ Effect: "Allow", Action: "*", Resource: "*", ...more });
const deny = (more: Written = {}): Written => ({ Effect: "Deny", Action: "*", Resource: "*", ...more });

function ask(statements: unknown, asked: Asked = {}, boundary?: unknown) {
  const { action = "lambda:GetLayerVersion", resource = layer, values = {}, open = false } = asked;
  const context: RequestContext = { values, complete: !open };
  const policies = {
    identity: [parsePolicy("policy deploy", document(statements))],
    boundary: boundary === undefined ? null : parsePolicy("boundary", document(boundary)),
  };
  return evaluate({ action, resource, context }, policies);
}

const rows: [claim: string, answer: "allowed" | "denied" | "unknown", statements: unknown, asked?: Asked][] = [
  ["what nothing allows is denied", "denied", allow({ Action: "s3:*" })],
  ["one statement may stand without a list", "allowed", allow()],
  ["an explicit deny wins over every allow", "denied", [allow(), deny({ Action: "lambda:GetLayerVersion" })]],
  ["a deny of something else denies nothing", "allowed", [allow(), deny({ Action: "s3:*" })]],
  ["actions are compared without case", "allowed", allow({ Action: "LAMBDA:getlayerversion" })],
  ["a wildcard in an action matches its beginning", "allowed", allow({ Action: "lambda:Get*" })],
  ["a wildcard in an action matches nothing else", "denied", allow({ Action: "lambda:Publish*" })],
  ["a question mark is exactly one character", "denied", allow({ Action: "lambda:GetLayerVersion?" })],
  ["resources are compared with case", "denied", allow({ Resource: layer.replace("web", "Web") })],
  ["NotAction allows everything else", "allowed", allow({ Action: undefined, NotAction: "iam:*" })],
  ["NotAction does not allow what it names", "denied", allow({ Action: undefined, NotAction: "lambda:*" })],
  ["NotResource denies everything else", "denied", [allow(), deny({ Resource: undefined, NotResource: object })]],
  ["NotResource does not deny what it names", "allowed", [allow(), deny({ Resource: undefined, NotResource: layer })]],
  ["a wildcard in the last segment takes colons", "allowed", allow({ Resource: "arn:aws:lambda:us-east-2:*:layer:*" })],
  ["a wildcard of one segment takes the segment", "allowed", allow({ Resource: "arn:aws:lambda:*:*:layer:web:*" })],
  ["a wildcard takes slashes", "allowed", allow({ Resource: "arn:aws:s3:::art*/web.zip" }), { resource: object }],
  ["another account is another resource", "denied", allow({ Resource: layer.replace("1111", "4444") })],
  ["an ARN that ends with a wildcard takes the rest", "allowed", allow({ Resource: "arn:aws:lambda:*" })],
  ["an ARN that ends early is completed", "allowed", allow({ Resource: "arn:aws:lambda" })],
  [
    "a wildcard that must reach over a colon is a doubt",
    "unknown",
    allow({ Resource: "arn:aws:lambda:*:layer:web:3" }),
  ],
  ["a bucket is not its objects", "denied", allow({ Resource: "arn:aws:s3:::artifacts" }), { resource: object }],
  ["what has no resource is allowed on all of them only", "denied", allow({ Resource: layer }), { resource: "*" }],
  ["what has no resource is allowed on a star", "allowed", allow(), { resource: "*" }],
  [
    "a resource with wildcards is allowed as a whole",
    "allowed",
    allow({ Resource: "arn:aws:s3:::artifacts/*" }),
    { resource: "arn:aws:s3:::artifacts/layers/*" },
  ],
  [
    "a part of what is asked for is not enough",
    "unknown",
    allow({ Resource: object }),
    { resource: "arn:aws:s3:::artifacts/*" },
  ],
  [
    "a deny of a part is a doubt",
    "unknown",
    [allow(), deny({ Resource: object })],
    { resource: "arn:aws:s3:::artifacts/*" },
  ],
  [
    "a variable that is known is filled in",
    "allowed",
    allow({ Resource: "arn:aws:s3:::artifacts/${aws:username}/*" }),
    { resource: "arn:aws:s3:::artifacts/ci/x", values: { "aws:username": ["ci"] } },
  ],
  [
    "a wildcard in a variable's value is none",
    "denied",
    allow({ Resource: "arn:aws:s3:::artifacts/${aws:username}/*" }),
    { resource: "arn:aws:s3:::artifacts/ci/x", values: { "aws:username": ["*"] } },
  ],
  [
    "a variable that is not known is never a match",
    "unknown",
    allow({ Resource: "arn:aws:s3:::${aws:PrincipalTag/team}/*" }),
    { resource: object, open: true },
  ],
  [
    "a deny with an unknown variable is a doubt",
    "unknown",
    [allow(), deny({ Resource: "arn:aws:s3:::${aws:PrincipalTag/team}/*" })],
    { resource: object, open: true },
  ],
  ["${*} is a star that is none", "denied", allow({ Resource: "arn:aws:s3:::artifacts/${*}" }), { resource: object }],
  ["an element that is not known is a doubt", "unknown", allow({ Principal: "*" })],
  ["an effect in small letters is a doubt", "unknown", allow({ Effect: "allow" })],
  ["a statement without a resource is a doubt", "unknown", { Effect: "Allow", Action: "*" }],
  ["what names actions and excepts some is a doubt", "unknown", allow({ NotAction: "iam:*" })],
  ["a statement that nobody can read may also deny", "unknown", [allow(), { Effect: "Perhaps" }]],
  ["what is denied for sure stays so beside a doubt", "denied", [deny(), { Effect: "Perhaps" }]],
];

for (const [claim, answer, statements, asked] of rows)
  test(claim, () => assert.equal(ask(statements, asked).answer, answer));

test("the deciding statement is named", () => {
  const found = ask([allow(), deny({ Sid: "NoLayers", Action: "lambda:*" })]);
  assert.deepEqual(found.by, { policy: "policy deploy", statement: 2, sid: "NoLayers" });
  assert.equal(found.reason, "statement 2 (NoLayers) of policy deploy denies it");
});

test("a permission boundary allows nothing by itself, and without it nothing is allowed", () => {
  assert.equal(ask([], {}, allow()).answer, "denied");
  assert.equal(ask(allow(), {}, allow({ Action: "s3:*" })).answer, "denied");
  assert.equal(ask(allow(), {}, allow({ Action: "lambda:*" })).answer, "allowed");
  assert.equal(ask(allow(), {}, [allow(), deny({ Action: "lambda:*" })]).answer, "denied");
  assert.equal(ask(allow(), {}, { Effect: "?" }).answer, "unknown");
});

test("several policies allow together, and one that denies is enough", () => {
  const of = (...statements: unknown[]) => {
    const identity = statements.map((each, index) => parsePolicy(`policy ${index}`, document(each)));
    const context = { values: {}, complete: true };
    return evaluate({ action: "s3:GetObject", resource: object, context }, { identity, boundary: null }).answer;
  };
  assert.equal(of(allow({ Action: "lambda:*" }), allow({ Action: "s3:*" })), "allowed");
  assert.equal(of(allow({ Action: "s3:*" }), deny({ Resource: "arn:aws:s3:::artifacts/*" })), "denied");
  assert.equal(of(), "denied");
});

test("variables mean nothing in a policy of the older version", () => {
  const old = JSON.stringify({ Statement: allow({ Resource: "arn:aws:s3:::artifacts/${aws:username}" }) });
  const identity = [parsePolicy("old", old)];
  const context = { values: { "aws:username": ["ci"] }, complete: true };
  const request = { action: "s3:GetObject", resource: "arn:aws:s3:::artifacts/ci", context };
  assert.equal(evaluate(request, { identity, boundary: null }).answer, "denied");
});

test("a document in URL encoding reads as the same document, and one that is none allows nothing", () => {
  const context = { values: {}, complete: true };
  const of = (text: string) => {
    const policies = { identity: [parsePolicy("p", text)], boundary: null };
    return evaluate({ action: "s3:GetObject", resource: object, context }, policies).answer;
  };
  assert.equal(of(encodeURIComponent(document(allow()))), "allowed");
  for (const text of [
    "",
    "%7B",
    "%zz",
    "[]",
    "null",
    '{"Version":"2030-01-01","Statement":[]}',
    '{"Version":"2012-10-17"}',
  ])
    assert.equal(of(text), "unknown", text);
});
