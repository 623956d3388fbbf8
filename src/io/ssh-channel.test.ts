import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { afterEach, beforeEach, describe, it } from "node:test";
import { envelope, scriptEnd } from "./envelope.ts";
import type { ScriptOptions } from "./hosts.ts";
import { type Channel, channelCommand, channelOf } from "./ssh-channel.ts";

/** The session is that of a shell: what ssh adds is tried in the integration tests. */
describe("the session of a login that runs short scripts", () => {
  let shell: ChildProcessWithoutNullStreams;
  let channel: Channel;
  beforeEach(() => {
    shell = spawn("/bin/sh", ["-c", channelCommand], { detached: true });
    shell.stdin.on("error", () => {});
    channel = channelOf(shell);
  });
  afterEach(killAll);

  /** The shell and what it runs. */
  function killAll() {
    if (shell.exitCode === null && shell.signalCode === null) process.kill(-(shell.pid ?? 0), "SIGKILL");
  }

  async function ended(script: string, args: string[] = [], options: ScriptOptions = {}, reads = "") {
    const sealed = envelope(script, args, reads);
    const end = await channel.run(sealed, options);
    return scriptEnd(sealed, end) ?? end.ended;
  }

  it("takes no script for ended whose shell was killed, and goes on with the next", async () => {
    const both = `p=$(sh -c 'echo $PPID'); read -r _ _ _ parent _ <"/proc/$p/stat"; kill -KILL "$parent" "$p"`;
    assert.equal(await ended(`echo begun; ${both}; echo never`), "exit");
    assert.equal(await text(ended("echo next")), "next\n");
  });

  it("ends what waits for it when the shell goes in mid-script", async () => {
    const running = ended("echo begun; sleep 30");
    setTimeout(killAll, 100);
    assert.equal(await running, "exit");
    assert.equal(channel.free(), false);
  });

  it("runs one script after another, each with its own status, output and input", async () => {
    assert.deepEqual(await ended("echo out; echo err >&2; exit 3"), {
      ended: "exit",
      status: 3,
      stdout: "out\n",
      stderr: "err\n",
    });
    const unterminated = await ended('printf "%s" "$1"; cat', ["it's"], {}, "two\nlines");
    assert.deepEqual(unterminated, { ended: "exit", status: 0, stdout: "it'stwo\nlines", stderr: "" });
    // Unread input is not the next script's.
    assert.equal((await text(ended("true", [], {}, "echo stray\n".repeat(20_000)))).trim(), "");
    assert.equal(await text(ended("cat; echo none")), "none\n");
    assert.equal(channel.free(), true);
  });

  it("keeps what a script changes of its shell to that script", async () => {
    await ended("cd /; set -u; x=1; trap 'echo trapped' EXIT; exec 2>/dev/null");
    assert.equal(await text(ended('echo "${x-unset}"; echo seen >&2')), "unset\n");
  });

  it("sends nothing after a script that was given up", async () => {
    assert.equal(await ended("sleep 30", [], { timeoutSeconds: 0.2 }), "timeout");
    assert.equal(channel.free(), false);
  });

  it("ends at once when the caller gives up", async () => {
    const abort = new AbortController();
    const running = ended("sleep 30", [], { signal: abort.signal });
    abort.abort();
    assert.equal(await running, "cancelled");
  });

  it("hands over lines as they come, and none of its own marks", async () => {
    const lines: string[] = [];
    await ended("echo one; echo two", [], { onLine: (line) => lines.push(line) });
    assert.deepEqual(
      lines.filter((line) => line !== ""),
      ["one", "two"],
    );
  });

  async function text(end: ReturnType<typeof ended>): Promise<string> {
    const done = await end;
    return typeof done === "string" ? done : done.ended === "exit" ? done.stdout : done.ended;
  }
});
