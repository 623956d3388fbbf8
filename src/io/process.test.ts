import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { run } from "./process.ts";

const subreaper = { x64: 157, arm64: 167 }[process.arch as string];

test("a limit ends the wait for what was killed and nobody reaps, as where this is a container's first process", {
  skip: process.platform !== "linux" || subreaper === undefined,
}, () => {
  // prctl(PR_SET_CHILD_SUBREAPER): orphans become ours, and Node never asks how they ended. A daemon holds the output open.
  const adopt = `syscall(${subreaper}, 36, 1) == 0 or die "prctl: $!"; exec @ARGV`;
  const code = `
    const { run } = await import(${JSON.stringify(new URL("./process.ts", import.meta.url).href)});
    const end = await run("sh", ["-c", "setsid sleep 25 & sleep 300 & echo begun; wait"], { timeoutSeconds: 0.3 });
    console.log(end.ended, end.stdout.trim());`;
  const { stdout, stderr } = spawnSync("perl", ["-e", adopt, process.execPath, "--input-type=module", "-e", code], {
    encoding: "utf8",
    timeout: 20_000,
  });
  assert.equal(stdout, "timeout begun\n", stderr);
});

test("a limit that is longer than a timer can be is no limit at once", async () => {
  const end = await run("sh", ["-c", "sleep 0.2; echo whole"], { timeoutSeconds: 999 * 3600 });
  assert.deepEqual(end, { ended: "exit", status: 0, stdout: "whole\n", stderr: "" });
});
