import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { channelCommand, channelGreeting } from "./channel-message.ts";
import type { Library } from "./library.ts";
import { type Channel, type ChannelEnd, type ChannelOptions, channelOf } from "./ssh-channel.ts";

const library: Library = { name: "test", parts: ['shout() { printf "%s!\\n" "$1"; }'] };

/** The session is that of a shell: what ssh adds is tried in the integration tests. */
const shells = { dash: ["dash"], bash: ["bash", "--posix"], busybox: ["busybox", "sh"] };

for (const [name, [program = "", ...flags]] of Object.entries(shells))
  describe(`the session of a login under ${name}`, () => {
    let shell: ChildProcessWithoutNullStreams;
    let channel: Channel;
    beforeEach(() => begin());

    async function begin(path = process.env.PATH ?? "") {
      shell = spawn(program, [...flags, "-c", channelCommand], { detached: true, env: { ...process.env, PATH: path } });
      shell.stdin.on("error", () => {});
      shell.stdin.write(channelGreeting("ready", { name: "", parts: [] }));
      const [said] = await once(shell.stdout, "data");
      assert.equal(String(said), `ready ${shell.pid}\n`);
      channel = channelOf(shell, { name: "", parts: [] });
    }
    afterEach(killAll);

    /** The shell and what it runs. */
    function killAll() {
      if (shell.exitCode === null && shell.signalCode === null) process.kill(-(shell.pid ?? 0), "SIGKILL");
    }

    async function ended(
      script: string,
      args: string[] = [],
      options: Partial<ChannelOptions> = {},
    ): Promise<ChannelEnd> {
      // What is asked of a session that is given up would be waited for without end.
      assert.equal(channel.free(), true);
      return await channel.run(script, args, { timeoutSeconds: 60, ...options, library: options.library ?? library });
    }

    it("takes no script for ended whose shell was killed", async () => {
      const end = await ended("echo begun; kill -KILL $$; echo never");
      assert.deepEqual([end.ended, end.status], ["exit", null]);
      assert.equal(channel.free(), false);
    });

    it("ends what waits for it when the shell goes in mid-script", async () => {
      const running = ended("echo begun; sleep 30");
      setTimeout(killAll, 100);
      const end = await running;
      assert.deepEqual([end.ended, end.status], ["exit", null]);
      assert.equal(channel.free(), false);
    });

    for (const onLine of [undefined, () => {}])
      it(`runs one script after another, each with its own status, output and input${onLine ? ", followed" : ""}`, async () => {
        const options = onLine ? { onLine } : {};
        const first = await ended("echo out; echo err >&2; exit 3", [], options);
        assert.deepEqual([first.ended, first.status, first.stdout, first.stderr], ["exit", 3, "out\n", "err\n"]);
        const fed = await ended('printf "%s" "$1"; cat', ["it's"], { ...options, payload: { text: "two\nlines\n" } });
        assert.equal(fed.stdout.trimEnd(), "it'stwo\nlines");
        const part = await ended("cat", [], { ...options, payload: { text: "no newline" } });
        assert.equal(part.stdout.trimEnd(), "no newline");
        // Unread input is not the next script's, as long as all of it was sent before the script ended.
        const stray = { text: "stray\n".repeat(17_000) };
        assert.equal((await text(ended("sleep 1", [], { ...options, payload: stray }))).trim(), "");
        assert.equal(await text(ended("cat; echo none", [], options)), "none\n");
        assert.equal(channel.free(), true);
      });

    it("gives a long script all bytes of its payload where head reads ahead, as that of busybox and BSD does", async () => {
      killAll();
      const folder = mkdtempSync(join(tmpdir(), "landfall-channel-"));
      try {
        const head = join(folder, "head");
        writeFileSync(head, '#!/bin/sh\nexec busybox head "$@"\n', { mode: 0o755 });
        await begin(`${folder}:${process.env.PATH}`);
        const bytes = randomBytes(200_000);
        for (let turn = 0; turn < 3; turn++) {
          const long = `: ${"x".repeat(20_000)}\nsha256sum`;
          const end = await ended(long, [], { payload: { text: bytes.toString("base64") } });
          const sum = createHash("sha256").update(bytes.toString("base64")).digest("hex");
          assert.deepEqual([end.status, end.stdout.trim()], [0, `${sum}  -`]);
        }
        assert.equal(channel.free(), true);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });

    it("gives a script the bytes of a file, and exactly those", async () => {
      const folder = mkdtempSync(join(tmpdir(), "landfall-channel-"));
      try {
        const file = join(folder, "bytes");
        const bytes = randomBytes(3 * 1024 * 1024);
        writeFileSync(file, bytes);
        const sum = createHash("sha256").update(bytes).digest("hex");
        const end = await ended("sha256sum; echo after", [], { payload: { file } });
        assert.equal(end.stdout, `${sum}  -\nafter\n`);
        assert.equal(await text(ended("echo next")), "next\n");
        const long = await ended("wc -c", [], { payload: { text: "x".repeat(70_000) } });
        assert.equal(long.stdout.trim(), "70000");
        // What was not sent when it ended is not sent any more, and so nothing else is.
        const early = await ended("echo enough; exit 4", [], { payload: { file } });
        assert.deepEqual([early.ended, early.status, early.stdout], ["exit", 4, "enough\n"]);
        assert.equal(channel.free(), false);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    it("reads a library once, keeps it for what follows, and forgets that of another", async () => {
      assert.equal(await text(ended("shout once")), "once!\n");
      assert.equal(await text(ended('shout again; printf %s "$LANDFALL_LIB" | grep -c shout')), "again!\n1\n");
      const more = { name: "test", parts: [...library.parts, 'twice() { shout "$1"; shout "$1"; }'] };
      assert.equal(
        await text(ended("twice more; printf %s \"$LANDFALL_LIB\" | grep -c '()'", [], { library: more })),
        "more!\nmore!\n2\n",
      );
      const other = { name: "other", parts: ["shout() { echo other; }"] };
      assert.equal(
        await text(ended('shout; printf %s "$LANDFALL_LIB" | grep -c twice', [], { library: other })),
        "other\n0\n",
      );
      assert.equal(await text(ended("shout back")), "back!\n");
    });

    it("keeps what a script changes of its shell to that script", async () => {
      await ended("cd /; set -u; x=1; trap 'echo trapped' EXIT; exec 2>/dev/null");
      assert.equal(await text(ended('echo "${x-unset}"; echo seen >&2')), "unset\n");
    });

    it("sends nothing after a script that was given up", async () => {
      assert.equal((await ended("sleep 30", [], { timeoutSeconds: 0.2 })).ended, "timeout");
      assert.equal(channel.free(), false);
    });

    it("ends at once when the caller gives up", async () => {
      const abort = new AbortController();
      const running = ended("sleep 30", [], { signal: abort.signal });
      abort.abort();
      assert.equal((await running).ended, "cancelled");
    });

    it("hands over lines as they come, and none of its own marks", async () => {
      const lines: string[] = [];
      await ended("echo one; echo two", [], { onLine: (line) => lines.push(line) });
      assert.deepEqual(
        lines.filter((line) => line !== ""),
        ["one", "two"],
      );
    });

    async function text(end: Promise<ChannelEnd>): Promise<string> {
      const { status, stdout } = await end;
      return status === null ? "it did not end" : stdout;
    }
  });
