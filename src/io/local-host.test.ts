import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import fc from "fast-check";
import { openHosts } from "./open-hosts.ts";

const hosts = openHosts("/");
const here = hosts.get({ host: "localhost" });

test("a host name that ssh would read as an option is refused", () => {
  assert.throws(() => hosts.get({ host: "-oProxyCommand=true" }), { code: "bad-value" });
});

test("a script whose shell is killed is lost, whatever it printed", async () => {
  const end = await here.script("echo before; kill -9 $$", []);
  assert.equal(end.ended, "lost");
});

test("a script that takes longer than it may is lost, and what it started is killed", async () => {
  const end = await here.script("sleep 300 & echo $!; wait", [], { timeoutSeconds: 0.3 });
  assert.equal(end.ended, "lost");
});

test("a daemon that keeps the output open does not outlast the time limit, and the script's own end counts", async () => {
  const end = await here.script("(setsid sleep 5 || sleep 5) & echo done; exit 4", [], { timeoutSeconds: 0.3 });
  assert.deepEqual(end, { ended: "exit", status: 4, stdout: "done\n", stderr: "" });
});

test("what a script started has time to end by itself when it is cancelled", async () => {
  const cancel = new AbortController();
  const script = `(trap 'sleep 0.2; echo tidied; exit' TERM; echo ready; while :; do sleep 0.1; done) & wait`;
  const seen: string[] = [];
  const end = await here.script(script, [], {
    signal: cancel.signal,
    onLine: (line) => {
      seen.push(line);
      cancel.abort();
    },
  });
  assert.deepEqual(end, { ended: "cancelled" });
  assert.deepEqual(seen, ["ready", "tidied"]);
});

test("a script is cancelled by its signal", async () => {
  const cancel = new AbortController();
  const end = await here.script("echo started; sleep 300", [], {
    signal: cancel.signal,
    onLine: () => cancel.abort(),
  });
  assert.deepEqual(end, { ended: "cancelled" });
});

test("a script that is not valid sh ends with the shell's own status and message", async () => {
  const end = await here.script("if true; then (", []);
  assert.equal(end.ended, "exit");
  assert.equal(end.status, 2);
  assert.match(end.stderr, /[Ss]yntax error|unexpected/);
});

for (const status of [0, 1, 2, 127, 255])
  test(`the exit status ${status} is the script's own`, async () => {
    const end = await here.script(`printf out; printf err >&2; exit ${status}`, []);
    assert.deepEqual(end, { ended: "exit", status, stdout: "out", stderr: "err" });
  });

test("a missing command is exit status 127", async () => {
  const end = await here.script("set -eu; landfall-has-no-such-command", []);
  assert.equal(end.ended === "exit" && end.status, 127);
});

test("arguments arrive byte for byte", async () => {
  const word = fc.string({ unit: "binary", maxLength: 20 }).filter((text) => !text.includes("\0"));
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 5 }), async (args) => {
      const well = args.map((text) => text.toWellFormed());
      const end = await here.script(`for a in "$@"; do printf '%s\\0' "$a"; done`, args);
      assert.equal(end.ended === "exit" && end.stdout, well.map((text) => `${text}\0`).join(""));
    }),
    { numRuns: 30 },
  );
});

test("arguments and script stay out of the process list", async () => {
  const end = await here.script("ps -o args= -p $$", ["hunter2"]);
  assert.equal(end.ended, "exit");
  assert.doesNotMatch(end.stdout, /hunter2|args=/);
});

test("a payload follows the script without a byte lost, from text and from a file", async () => {
  const directory = await mkdtemp(join(tmpdir(), "landfall-payload-"));
  try {
    const bytes = randomBytes(1_000_003);
    await writeFile(join(directory, "payload"), bytes);
    const script = "if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi";
    const file = await here.script(script, [], { payload: { file: join(directory, "payload") } });
    assert.equal(file.ended === "exit" && file.stdout.slice(0, 64), createHash("sha256").update(bytes).digest("hex"));
    const plain = await here.script("cat", [], { payload: { text: "# whole\n'ä\n" } });
    assert.equal(plain.ended === "exit" && plain.stdout, "# whole\n'ä\n");
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("lines are handed over as they come", async () => {
  const seen: string[] = [];
  await here.script("echo one; echo two; printf three", [], { onLine: (line) => seen.push(line) });
  assert.deepEqual(seen, ["one", "two", "three"]);
});

test("a script begins in the home directory, as a login would", async () => {
  const end = await here.script("pwd", []);
  assert.equal(end.ended === "exit" && end.stdout.trim(), homedir());
});

test("a connection reaches what listens on this machine, and is refused where nothing does", async () => {
  const server = createServer((socket) => socket.end("hello"));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  assert.equal(await text(await here.connect("127.0.0.1", port)), "hello");
  await new Promise((done) => server.close(done));
  await assert.rejects(here.connect("127.0.0.1", port), /ECONNREFUSED/);
});
