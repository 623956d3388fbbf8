import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgentScene } from "./agent-scene.ts";
import { agentGuards } from "./guards.ts";

const scene = { environment: "uat", target: "m1", host: { name: "deploy@m1" } } as unknown as AgentScene;
const good: [string, string[]][] = [
  ["os", ["Linux"]],
  ["machine", ["x86_64"]],
  ["libc", ["glibc 2.36"]],
  ["systemd", ["yes"]],
  ["root", ["yes"]],
  ["me", ["deploy"]],
  ["user", ["deploy"]],
];
const told = (more: [string, string[]][]) =>
  agentGuards(scene, new Map([...good, ...more])).map(({ message }) => message);

test("a machine that has all is not held back", () => assert.deepEqual(told([]), []));

for (const [what, more, message] of [
  ["another system", [["os", ["Darwin"]]], /runs Darwin/],
  ["no systemd", [["systemd", [""]]], /not booted by systemd/],
  ["musl", [["libc", ["musl"]]], /has musl/],
  ["an old glibc", [["libc", ["glibc 2.17"]]], /glibc 2\.17/],
  ["a C library that is not known", [["libc", ["unknown"]]], /not known/],
  ["another architecture", [["machine", ["riscv64"]]], /is a riscv64/],
  ["a missing command", [["missing", ["git"]]], /no command git/],
  ["a missing user", [["nouser", ["app"]]], /no user app/],
  ["a missing right of a step", [["sudo", ["systemctl restart web"]]], /systemctl restart web/],
  [
    "a remote that cannot be read",
    [["git", ["git@host:a\tPermission denied"]]],
    /cannot read git@host:a: Permission denied/,
  ],
] as [string, [string, string[]][], RegExp][])
  test(`${what} is named`, () => {
    const [first = "", ...others] = told(more);
    assert.match(first, message);
    assert.deepEqual(others, []);
  });

test("everything that is missing is told at once, each with its way out", () => {
  const found = agentGuards(
    scene,
    new Map([
      ["os", ["Linux"]],
      ["allowed", ["(root) /usr/bin/systemctl"]],
    ]),
  );
  assert.ok(found.length >= 4);
  assert.ok(found.every(({ fix }) => fix));
});

test("the rule that is missing names whom the command is run as", () => {
  const fixes = agentGuards(scene, new Map([...good, ["sudo", ["systemctl restart web", "-u app bin/tool -u x"]]]));
  assert.deepEqual(
    fixes.map(({ fix }) => fix),
    [
      "allow it in sudoers: deploy ALL=(root) NOPASSWD: systemctl restart web",
      "allow it in sudoers: deploy ALL=(app) NOPASSWD: bin/tool -u x",
    ],
  );
});
