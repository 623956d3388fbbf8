import assert from "node:assert/strict";
import { test } from "node:test";
import type { Asked } from "../model/asked.ts";
import type { DiscoverAnswer } from "../model/discovered.ts";
import { discoverText } from "./discover.ts";
import { painter } from "./paint.ts";

const read = <T>(...value: T[]): Asked<T[]> => ({ state: "read", value });
const denied: Asked<never> = {
  state: "unknown",
  code: "aws-denied",
  reason: "no",
  permission: "lambda:ListLayerVersions",
};
const answer = (more: Partial<DiscoverAnswer>): DiscoverAnswer => ({
  application: "app",
  environment: "uat",
  aws: { account: "111122223333", region: "us-east-2" },
  arn: "arn:aws:iam::111122223333:user/me",
  stacks: read(),
  layers: read(),
  buckets: read(),
  functions: read(),
  missing: [],
  findings: [],
  ...more,
});
const text = (more: Partial<DiscoverAnswer>) =>
  discoverText(answer(more), new Date("2026-11-21T00:00:00Z"), painter(false));

test("an empty list says so, and one that is unknown says why", () => {
  const shown = text({ layers: denied });
  assert.match(shown, /^stacks {2}none$/m);
  assert.match(shown, /^layers {2}unknown: lambda:ListLayerVersions is not allowed$/m);
});

test("a layer whose versions are unknown is still named", () => {
  const layers = read({ name: "web", component: "web", stack: null, versions: denied });
  assert.match(text({ layers }), /web +web +unknown: lambda:ListLayerVersions is not allowed/);
});

test("sizes are shown in the unit that fits, an unknown one as such", () => {
  const version = (number: number, bytes: Asked<number> | null) => ({
    version: number,
    arn: `arn:${number}`,
    createdAt: "2026-11-19T00:00:00Z",
    description: "",
    runtimes: [],
    architectures: [],
    bytes,
    users: { layer: `arn:${number}`, functions: read<never>(), outside: read<never>() },
  });
  const size = (bytes: number): Asked<number> => ({ state: "read", value: bytes });
  const versions = read(version(3, size(12_345_678)), version(2, size(12)), version(1, denied));
  const shown = text({ layers: read({ name: "web", component: null, stack: null, versions }) });
  assert.match(shown, /web +not ours +3 +48 h|web +not ours +3 +2 d/);
  assert.match(shown, /12\.3 MB +any/);
  assert.match(shown, / 1 kB /);
  assert.match(shown, /1 +2 d +unknown +any +nobody uses it/);
});

test("a function's layer of another account is shown by its ARN", () => {
  const foreign = "arn:aws:lambda:us-east-2:580247275435:layer:LambdaInsights:38";
  const layers = ["arn:aws:lambda:us-east-2:111122223333:layer:web:3", foreign];
  const functions = read({ name: "api", runtime: "", component: null, layers });
  assert.match(text({ functions }), new RegExp(`api +image +not ours +web:3, ${foreign}`));
});

test("without an environment nothing is said to be ours or not", () => {
  const buckets = read({ name: "b", region: "us-east-2", component: null, artifacts: false });
  const shown = text({ environment: null, buckets });
  assert.match(shown, /b +us-east-2 +–/);
  assert.doesNotMatch(shown, /not ours/);
});
