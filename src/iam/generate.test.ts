import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Permission } from "../model/permission.ts";
import { comparePolicies } from "./compare.ts";
import { policiesFor, policySize } from "./generate.ts";
import { neededOf } from "./needed.ts";
import { parsePolicy } from "./parse.ts";

const layer = (name: string) => `arn:aws:lambda:us-east-2:111122223333:layer:${name}`;
const read: Permission = {
  actions: ["lambda:GetLayerVersion"],
  resources: [`${layer("web")}:*`],
  why: "reads what runs",
};
const role: Permission = {
  actions: ["iam:GetRole"],
  resources: ["arn:aws:iam::111122223333:role/deploy"],
  why: "reads itself",
};
const generate = (permissions: readonly Permission[], limit?: number) =>
  policiesFor(neededOf(permissions, "us-east-2"), limit);
const complete = () => ({ values: {}, complete: true });
const compare = (permissions: readonly Permission[], documents: readonly unknown[]) => {
  const identity = documents.map((each, index) => parsePolicy(`policy ${index}`, JSON.stringify(each)));
  return comparePolicies(neededOf(permissions, "us-east-2"), { identity, boundary: null }, complete);
};

test("a service with regions is held to the environment's region, and one without is not", () => {
  const [policy] = generate([read, role]);
  assert.deepEqual(
    policy?.Statement.map(({ Sid, Condition }) => [Sid, Condition]),
    [
      ["IamReadsItself", undefined],
      ["LambdaReadsWhatRuns", { StringEquals: { "aws:RequestedRegion": ["us-east-2"] } }],
    ],
  );
});

test("what several components need for one reason is one statement", () => {
  const other = { ...read, resources: [`${layer("toolkit")}:*`] };
  const [policy] = generate([read, other, read]);
  assert.equal(policy?.Statement.length, 1);
  assert.deepEqual(policy?.Statement[0]?.Resource, [`${layer("toolkit")}:*`, `${layer("web")}:*`]);
});

const service = fc.constantFrom("lambda", "s3", "iam", "cloudformation");
const word = fc.stringMatching(/^[a-z]{1,12}$/);
const permission: fc.Arbitrary<Permission> = fc.record({
  actions: fc.array(
    fc.tuple(service, word).map(([of, name]) => `${of}:${name}`),
    { minLength: 1, maxLength: 3 },
  ),
  resources: fc.array(
    word.map((name) => `arn:aws:s3:::${name}/*`),
    { minLength: 1, maxLength: 6 },
  ),
  why: fc.constantFrom("reads what runs", "uploads", "läuft"),
});
const permissions = fc.array(permission, { maxLength: 8 });

test("what is generated allows all that is needed, and nothing else", () => {
  const enough = (list: readonly Permission[]) =>
    assert.deepEqual(compare(list, generate(list)), { missing: [], superfluous: [] });
  fc.assert(fc.property(permissions, enough), { numRuns: 50 });
});

test("the order of components changes nothing", () => {
  const same = (list: readonly Permission[]) => assert.deepEqual(generate([...list].reverse()), generate(list));
  fc.assert(fc.property(permissions, same), { numRuns: 50 });
});

test("no policy is longer than the limit, each statement has a name of its own, and nothing is lost", () => {
  const fits = (list: readonly Permission[]) => {
    const policies = generate(list, 700);
    for (const policy of policies) {
      assert.ok(policySize(policy) <= 700, `${policySize(policy)} characters`);
      assert.equal(new Set(policy.Statement.map(({ Sid }) => Sid)).size, policy.Statement.length);
      for (const { Sid } of policy.Statement) assert.match(Sid, /^[A-Za-z0-9]+$/);
    }
    assert.deepEqual(compare(list, policies).missing, []);
  };
  fc.assert(fc.property(permissions, fits), { numRuns: 50 });
});

test("a statement that is longer than a whole policy is cut, and allows the same", () => {
  const many = { ...read, resources: Array.from({ length: 200 }, (_, index) => `${layer(`web-${index}`)}:*`) };
  const policies = generate([many]);
  assert.ok(policies.length > 1);
  for (const policy of policies) assert.ok(policySize(policy) <= 6144, `${policySize(policy)} characters`);
  assert.deepEqual(compare([many], policies), { missing: [], superfluous: [] });
});

test("white space does not count towards the limit", () => {
  const policy = { Version: "2012-10-17" as const, Statement: [] };
  assert.equal(policySize(policy), '{"Version":"2012-10-17","Statement":[]}'.length);
});
