import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { envelope } from "./envelope.ts";

test("a script that was cut off on its way is not run, wherever it was cut", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (part) => {
      const sealed = envelope("echo run", ["a", "b"]);
      const input = sealed.input.subarray(0, Math.floor(sealed.input.length * part));
      const end = spawnSync("/bin/sh", ["-c", sealed.command], { input });
      assert.deepEqual([end.status, end.stdout.toString(), end.stderr.toString()], [255, "", ""]);
    }),
    { numRuns: 30 },
  );
});

test("what a login shell prints before the script is not taken for its output", () => {
  const sealed = envelope("echo mine; echo own >&2; exit 3", []);
  const command = `echo welcome; printf notice >&2; ${sealed.command}`;
  const end = spawnSync("/bin/sh", ["-c", command], { input: sealed.input });
  for (const line of end.stderr.toString().split("\n")) sealed.onStderrLine(line);
  const lines = end.stdout.toString().split("\n").slice(0, -1);
  assert.deepEqual(lines.filter(sealed.onStdoutLine), ["mine"]);
  assert.equal(sealed.clean(end.stdout.toString()), "mine\n");
  assert.equal(sealed.clean(end.stderr.toString()), "own\n");
  assert.equal(sealed.status(), 3);
});

test("the command that a login shell reads holds nothing that any shell would expand or that tells the script", () => {
  const { command } = envelope("secret", ["'", "secret"]);
  assert.doesNotMatch(command, /secret|['\n!\\]/);
});
