import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Asked } from "../../model/asked.ts";
import type { FoundLayer, FoundStack } from "../../model/discovered.ts";
import type { AccountSights } from "./look-around.ts";
import { matchDeclared } from "./match.ts";
import { unreadOf } from "./unread.ts";

const read = <T>(...value: T[]): Asked<T[]> => ({ state: "read", value });
const denied = (permission: string): Asked<never> => ({
  state: "unknown",
  code: "aws-denied",
  reason: `${permission}: AccessDenied: no`,
  permission,
});
const stack = (name: string, ...resources: [type: string, physicalId: string][]): FoundStack => ({
  name,
  status: "CREATE_COMPLETE",
  changedAt: "",
  parent: null,
  component: null,
  resources: read(...resources.map(([type, physicalId]) => ({ logicalId: "x", type, physicalId }))),
});
const layer = (name: string): FoundLayer => ({ name, component: null, stack: null, versions: read() });
const bucket = (name: string) => ({ name, region: null, component: null, artifacts: false });
const lambda = (name: string) => ({ name, runtime: "python3.12", component: null, layers: [] });

const sights = (more: Partial<AccountSights>): AccountSights => ({
  stacks: read(),
  layers: read(),
  buckets: read(),
  functions: read(),
  ...more,
});
const web = { component: "web", kind: "stack", name: "app-web" } as const;

describe("what an account has", () => {
  it("is a component's by the name of its stack or layer, and nobody's otherwise", () => {
    const found = sights({ stacks: read(stack("app-web"), stack("other")), layers: read(layer("web"), layer("old")) });
    const declared = [web, { component: "web", kind: "layer", name: "web" } as const];
    const { sights: matched, missing } = matchDeclared(found, declared, undefined);
    assert.deepEqual(componentsOf(matched.stacks), { "app-web": "web", other: null });
    assert.deepEqual(componentsOf(matched.layers), { web: "web", old: null });
    assert.deepEqual(missing, []);
  });

  it("is a component's when it is a resource of its stack", () => {
    const made = stack(
      "app-web",
      ["AWS::Lambda::Function", "handler"],
      ["AWS::S3::Bucket", "uploads"],
      ["AWS::Lambda::LayerVersion", "arn:aws:lambda:us-east-2:111122223333:layer:deps:4"],
    );
    const found = sights({
      stacks: read(made, stack("other", ["AWS::Lambda::Function", "foreign"])),
      layers: read(layer("deps")),
      buckets: read(bucket("uploads"), bucket("handler")),
      functions: read(lambda("handler"), lambda("foreign")),
    });
    const { sights: matched } = matchDeclared(found, [web], undefined);
    assert.deepEqual(componentsOf(matched.functions), { handler: "web", foreign: null });
    assert.deepEqual(componentsOf(matched.buckets), { uploads: "web", handler: null });
    assert.deepEqual(componentsOf(matched.layers), { deps: "web" });
  });

  it("is the bucket for artifacts when the environment names it", () => {
    const { sights: matched } = matchDeclared(sights({ buckets: read(bucket("a"), bucket("b")) }), [], "b");
    assert.deepEqual(matched.buckets.state === "read" && matched.buckets.value.map((one) => one.artifacts), [
      false,
      true,
    ]);
  });

  it("and lacks what is declared is told as missing; of a list that could not be read nothing is missing", () => {
    assert.deepEqual(matchDeclared(sights({}), [web], undefined).missing, [web]);
    const unread = sights({ stacks: denied("cloudformation:DescribeStacks") });
    const { missing, sights: matched } = matchDeclared(unread, [web], undefined);
    assert.deepEqual(missing, []);
    assert.equal(matched.stacks.state, "unknown");
  });
});

describe("what could not be read", () => {
  it("is told once for each permission, with how often it was met", () => {
    const found = sights({
      buckets: denied("s3:ListAllMyBuckets"),
      stacks: read(
        { ...stack("a"), resources: denied("cloudformation:ListStackResources") },
        { ...stack("b"), resources: denied("cloudformation:ListStackResources") },
      ),
    });
    assert.deepEqual(
      unreadOf(found).map(({ what, unanswered }) => `${what}: ${unanswered.permission}`),
      ["buckets: s3:ListAllMyBuckets", "the resources of stack a and 1 more: cloudformation:ListStackResources"],
    );
  });

  it("is found at every depth", () => {
    const deep: FoundLayer = {
      ...layer("web"),
      versions: read({
        version: 3,
        arn: "arn:3",
        createdAt: "",
        description: "",
        runtimes: [],
        architectures: [],
        bytes: denied("lambda:GetLayerVersion"),
        users: {
          layer: "arn:3",
          functions: read({ function: "f", version: "1", aliases: denied("lambda:ListAliases") }),
          outside: denied("lambda:GetLayerVersionPolicy"),
        },
      }),
    };
    const all = sights({ layers: read(deep), functions: denied("lambda:ListFunctions") });
    assert.deepEqual(
      unreadOf(all).map(({ unanswered }) => unanswered.permission),
      ["lambda:ListFunctions", "lambda:GetLayerVersion", "lambda:GetLayerVersionPolicy", "lambda:ListAliases"],
    );
    assert.deepEqual(unreadOf(sights({})), []);
  });
});

function componentsOf(asked: Asked<{ name: string; component: string | null }[]>): Record<string, string | null> {
  assert.ok(asked.state === "read");
  return Object.fromEntries(asked.value.map(({ name, component }) => [name, component]));
}
