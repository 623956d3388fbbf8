import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { isAlive, readOwner } from "./owner.ts";

const self = readOwner({});

test("a process that is gone is known to be dead only on its own host and in its own boot", () => {
  const gone = { ...self, pid: 2 ** 22 + 1 };
  assert.equal(isAlive(self), true);
  assert.equal(isAlive(gone), false);
  assert.equal(isAlive({ ...gone, host: "elsewhere" }), true);
  assert.equal(isAlive({ ...gone, boot: "another" }), true);
  assert.equal(isAlive({ ...gone, boot: "" }), true);
});

test("another process that was given the same pid is not the owner", {
  skip: self.started === undefined && "no /proc",
}, () => {
  assert.equal(isAlive({ ...self, started: "1" }), false);
});

test("a killed process is dead even while its parent has not noticed", {
  skip: self.started === undefined && "no /proc",
}, async () => {
  // The shell's child ends at once, and `exec` replaces the shell by one that never waits for it.
  const parent = spawn("sh", ["-c", "sh -c 'echo $$' & exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
  const pid = Number(String((await once(parent.stdout, "data"))[0]));
  while (isAlive({ ...self, pid, started: undefined })) await new Promise((resolve) => setTimeout(resolve, 5));
  process.kill(pid, 0);
  parent.kill();
});

test("under GitHub Actions the owner is the actor, the repository and the run", () => {
  const env = { GITHUB_ACTIONS: "true", GITHUB_ACTOR: "ana", GITHUB_REPOSITORY: "acme/jobs", GITHUB_RUN_ID: "4411" };
  assert.equal(readOwner(env).who, "ana/acme/jobs#4411");
  assert.notEqual(readOwner({ ...env, GITHUB_ACTIONS: undefined }).who, "ana/acme/jobs#4411");
});
