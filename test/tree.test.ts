import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { violations } from "./helpers/tree-rules.ts";

const src = join(import.meta.dirname, "../src");

test("the tree keeps its own rules", () => {
  const files = globSync("**/*.ts", { cwd: src }).map((path) => ({
    path: path.replaceAll("\\", "/"),
    text: readFileSync(join(src, path), "utf8"),
  }));
  assert.ok(files.length > 50, "the sources were found");
  assert.deepEqual(violations(files), []);
});

const planted: [rule: string, path: string, text: string, told: RegExp][] = [
  ["a static import", "model/a.ts", 'import { x } from "../io/x.ts";', /io is to the right of model/],
  ["a type import", "model/a.ts", 'import type { X } from "../io/x.ts";', /io is to the right of model/],
  ["a dynamic import", "model/a.ts", 'export const x = () => import("../io/x.ts");', /io is to the right of model/],
  ["a type in place", "model/a.ts", 'export type X = import("../io/x.ts").X;', /io is to the right of model/],
  ["a re-export", "model/a.ts", 'export * from "../io/x.ts";', /io is to the right of model/],
  ["a bare import", "model/a.ts", 'import "../io/x.ts";', /io is to the right of model/],
  ["a stage that knows another", "plan/a.ts", 'import "../prove/x.ts";', /plan and prove stand side by side/],
  ["a report that acts", "report/a.ts", 'import "../actions/x.ts";', /imports only the model/],
  ["an action that reports", "actions/a.ts", 'import "../report/x.ts";', /never reports/],
  ["a folder without a place", "model/a.ts", 'import "../misc/x.ts";', /misc has no place/],
  ["a library that knows the command line", "index.ts", 'import "./cli/x.ts";', /does not know the command line/],
  ["a circle", "model/a.ts", 'import "./a.ts";', /circle: model\/a.ts → model\/a.ts/],
  ["printing", "actions/a.ts", "console.log(1);", /uses console/],
  ["exiting", "actions/a.ts", "process.exit(1);", /uses process.exit/],
  ["a file that everything grows into", "model/a.ts", `${"\n".repeat(400)};`, /has 401 lines/],
];

for (const [rule, path, text, told] of planted)
  test(`${rule} is caught`, () => {
    const [sentence, ...others] = violations([{ path, text }]);
    assert.match(sentence ?? "", told);
    assert.deepEqual(others, []);
  });

test("imports to the left, from packages and within a folder are allowed", () => {
  const text = 'import "node:fs"; import "zod"; import "../util/x.ts"; import "./b.ts"; import "../model/x.ts";';
  assert.deepEqual(violations([{ path: "io/a.ts", text }]), []);
});
