import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import type { Host, Hosts, ScriptEnd } from "../../src/io/hosts.ts";
import { fetchText } from "../../src/io/http.ts";
import { openHosts } from "../../src/io/open-hosts.ts";
import { run } from "../../src/io/process.ts";
import { keyDirectory, makeKey } from "../helpers/keys.ts";
import { startMachine, type TestAddress, type TestMachine } from "../helpers/machine.ts";

let machine: TestMachine;
let hosts: Hosts;
let host: Host;

before(async () => {
  machine = await startMachine({ name: "ssh" });
  hosts = openHosts(keyDirectory());
  // A relative path, as a manifest may have it.
  host = hosts.get({ ...machine.address, sshConfig: relative(keyDirectory(), machine.address.sshConfig) });
});
after(async () => {
  await hosts.close();
  await machine.remove();
});

/** The code of a script that could not be run, on connections of its own. */
async function failure(address: TestAddress): Promise<string> {
  const own = openHosts("/");
  try {
    const end = await own.get(address).script("echo reached", []);
    return "code" in end ? `${end.ended} ${end.code}` : end.ended;
  } finally {
    await own.close();
  }
}

function output(end: ScriptEnd): string {
  assert.equal(end.ended, "exit", JSON.stringify(end));
  return end.stdout;
}

test("a host that cannot be used is told by its own code: off, hung, unknown, refused, changed", async (t) => {
  await t.test("no such name", async () => {
    assert.equal(await failure({ ...machine.address, host: "no-such-host.invalid" }), "unreachable host-unknown");
  });
  await t.test("a wrong key", async () => {
    const address = await machine.addressOf({ key: makeKey("stranger") });
    assert.equal(await failure(address), "refused access-refused");
  });
  await t.test("a user that does not exist", async () => {
    assert.equal(await failure({ ...machine.address, user: "nobody-here" }), "refused access-refused");
  });
  await t.test("a user whose shell runs nothing", async () => {
    await machine.exec("usermod", "--shell", "/usr/sbin/nologin", "plain");
    assert.equal(await failure({ ...machine.address, user: "plain" }), "refused access-refused");
    await machine.exec("usermod", "--shell", "/bin/bash", "plain");
  });
  await t.test("an unknown host key", async () => {
    const address = await machine.addressOf({ knownHosts: join(keyDirectory(), "empty-known-hosts") });
    assert.equal(await failure(address), "refused host-key-unknown");
  });
  await t.test("an ssh configuration that is not there", async () => {
    assert.equal(await failure({ ...machine.address, sshConfig: "/no/such/file" }), "unreachable ssh-failed");
  });
  await t.test("a hung machine", async () => {
    await machine.pause();
    assert.equal(await failure(machine.address), "unreachable host-hung");
    await machine.unpause();
  });
  await t.test("a login that is not finished in time", async () => {
    await machine.pause();
    const own = openHosts("/");
    const end = await own.get(machine.address).script("echo reached", [], { timeoutSeconds: 0.5 });
    assert.equal("code" in end && `${end.ended} ${end.code}`, "unreachable host-hung");
    await own.close();
    await machine.unpause();
  });
  await t.test("a machine that is shut down", async () => {
    await machine.stop();
    assert.equal(await failure(machine.address), "unreachable host-refuses");
    await machine.start();
  });
});

test("a connection that was lost between two calls is made again", async () => {
  output(await host.script("true", []));
  await machine.exec("pkill", "-KILL", "-f", "sshd: deploy");
  assert.equal(output(await host.script("echo again", [])), "again\n");
});

test("a script whose connection breaks in the middle is lost, and not run again", async () => {
  const marks = `/tmp/marks-${randomBytes(4).toString("hex")}`;
  const end = await host.script('echo mark >>"$1"; echo begun; sleep 30; echo ended', [marks], {
    onLine: (line) => void (line === "begun" && machine.exec("pkill", "-KILL", "-f", "sshd: deploy")),
  });
  assert.equal("code" in end && `${end.ended} ${end.code}`, "lost connection-lost");
  assert.equal((await machine.exec("cat", marks)).stdout, "mark\n");
  assert.equal(output(await host.script("echo back", [])), "back\n");
});

test("a script on a machine that hangs in the middle is lost", async () => {
  const end = await host.script("echo begun; sleep 60", [], { onLine: () => void machine.pause() });
  await machine.unpause();
  assert.equal("code" in end && `${end.ended} ${end.code}`, "lost connection-lost");
});

test("a script whose shell is killed is lost, not ended", async () => {
  const end = await host.script("kill -KILL $$", []);
  assert.equal(end.ended, "lost");
});

for (const status of [0, 1, 127, 255])
  test(`the exit status ${status} is the script's own`, async () => {
    const end = await host.script(`printf out; printf err >&2; exit ${status}`, []);
    assert.deepEqual(end, { ended: "exit", status, stdout: "out", stderr: "err" });
  });

for (const stop of ["cancelled", "out of time"])
  test(`a script that is ${stop} is ended on the machine too`, async () => {
    const cancel = new AbortController();
    const end = await host.script("echo $$; sleep 3003 & wait", [], {
      signal: cancel.signal,
      onLine: () => void (stop === "cancelled" && cancel.abort()),
      ...(stop === "cancelled" ? {} : { timeoutSeconds: 2 }),
    });
    assert.equal(end.ended, stop === "cancelled" ? "cancelled" : "lost");
    assert.equal((await machine.exec("pgrep", "-f", "sleep 3003")).stdout, "");
  });

test("scripts with a library run in the login's own session, and one that is cancelled there ends on the machine too", async () => {
  const own = openHosts(keyDirectory());
  const address = { ...machine.address, sshConfig: relative(keyDirectory(), machine.address.sshConfig) };
  const other = own.get(address);
  const library = { name: "none", parts: [] };
  try {
    const shell = async (inSession: boolean) =>
      output(await other.script('echo "$$"', [], inSession ? { library } : {})).trim();
    const session = await shell(true);
    assert.equal(await shell(true), session);
    assert.notEqual(await shell(false), session);
    const abort = new AbortController();
    const given = other.script("exec sleep 4321", [], { library, signal: abort.signal });
    await sleep(300);
    // What comes while it is busy has a session of its own.
    assert.equal(output(await other.script("echo beside", [], { library })), "beside\n");
    abort.abort();
    assert.equal((await given).ended, "cancelled");
    assert.equal(output(await other.script("pgrep -x -f 'sleep 4321' || echo gone", [])), "gone\n");
  } finally {
    await own.close();
  }
});

test("ten scripts at once, the first ones included, take one login", async () => {
  const own = openHosts("/");
  const before = await machine.logins();
  const same = own.get(machine.address);
  const first = await Promise.all([1, 2, 3, 4, 5].map((n) => same.script("echo $1", [String(n)])));
  for (const n of [6, 7, 8, 9, 10]) first.push(await own.get({ ...machine.address }).script("echo $1", [String(n)]));
  assert.deepEqual(
    first.map(output),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((n) => `${n}\n`),
  );
  await own.close();
  assert.equal(await machine.logins(), before + 1);
});

test("more scripts at once than sshd has sessions are refused with the reason, not lost", async () => {
  const ends = await Promise.all(Array.from({ length: 14 }, () => host.script("sleep 2", [])));
  const refused = ends.filter((end) => end.ended !== "exit");
  assert.ok(refused.length > 0 && refused.length < 14);
  for (const end of refused) assert.match("message" in end ? end.message : end.ended, /MaxSessions/);
});

test("arguments arrive byte for byte, whatever they hold", async () => {
  const hostile = [
    "",
    " ",
    "'",
    '"',
    "\n",
    "$(id)",
    "`id`",
    "$HOME",
    "\\",
    "!!",
    "*",
    "-n",
    "--",
    "a\tb",
    "ü€😀",
    "; exit 9",
  ];
  const word = fc.oneof(
    fc.constantFrom(...hostile),
    fc.array(fc.constantFrom(...hostile), { maxLength: 6 }).map((parts) => parts.join("")),
    fc.string({ unit: "grapheme", maxLength: 30 }).filter((text) => !text.includes("\0")),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 20 }), async (args) => {
      const end = await host.script(`for a in "$@"; do printf '%s\\0' "$a"; done`, args);
      assert.equal(output(end), args.map((text) => `${text.toWellFormed()}\0`).join(""));
    }),
    { numRuns: 25, examples: [[hostile]] },
  );
});

test("what the login shell prints at its start is not the script's output", async () => {
  await machine.writeFile("/home/plain/.bashrc", "echo welcome; printf noise >&2\n");
  const own = openHosts("/");
  const seen: string[] = [];
  const end = await own
    .get(await machine.addressOf({ user: "plain" }))
    .script("echo mine", [], { onLine: (line) => seen.push(line) });
  await own.close();
  assert.deepEqual(end, { ended: "exit", status: 0, stdout: "mine\n", stderr: "" });
  assert.deepEqual(seen, ["mine"]);
});

test("the language of whoever deploys does not reach the machine", async () => {
  const before = process.env.LC_ALL;
  process.env.LC_ALL = "C.UTF-8";
  try {
    assert.equal(output(await host.script("printf '%s' \"${LC_ALL-unset}\"", [])), "unset");
  } finally {
    if (before === undefined) delete process.env.LC_ALL;
    else process.env.LC_ALL = before;
  }
});

test("a payload of 5 MiB arrives as it was sent", async () => {
  const bytes = randomBytes(5 * 1024 * 1024);
  const file = join(keyDirectory(), "payload");
  await writeFile(file, bytes);
  const end = await host.script("sha256sum", [], { payload: { file } });
  assert.equal(output(end).slice(0, 64), createHash("sha256").update(bytes).digest("hex"));
});

test("what listens on the machine's own loopback only is read from its side", async () => {
  await machine.writeFile("/srv/www/version", '{"commit":"abc"}');
  const serve = "python3 -m http.server 8000 --bind 127.0.0.1 --directory /srv/www";
  await machine.exec("systemd-run", "--unit", "www", ...serve.split(" "));
  const connect = (name: string, port: number) => host.connect(name, port);
  const bounds = { connect, timeoutSeconds: 10, maxBytes: 10_000 };
  let answer = await fetchText("http://localhost:8000/version", bounds);
  for (let tries = 0; tries < 100 && answer.ended === "none"; tries += 1) {
    await sleep(100);
    answer = await fetchText("http://localhost:8000/version", bounds);
  }
  assert.deepEqual(answer, { ended: "answer", status: 200, body: '{"commit":"abc"}' });
  const nothing = await fetchText("http://127.0.0.1:8001/", bounds);
  assert.match(nothing.ended === "none" ? nothing.message : "", /127\.0\.0\.1:8001 cannot be reached from there/);
});

test("the login ends with the process that made it, even when that is killed", async () => {
  const ours = await masters();
  const program = `
    import { openHosts } from ${JSON.stringify(join(import.meta.dirname, "../../src/io/open-hosts.ts"))};
    const end = await openHosts("/").get(${JSON.stringify(machine.address)}).script("echo ready", []);
    process.stdout.write(end.stdout);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", program]);
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const [made, ...others] = (await masters()).filter((line) => !ours.includes(line));
  assert.ok(made !== undefined && others.length === 0);
  child.kill("SIGKILL");
  let open = true;
  for (let tries = 0; tries < 100 && open; tries += 1) {
    await sleep(100);
    open = (await masters()).includes(made);
  }
  assert.equal(open, false);
  await rm(dirname(/ -S (\S+)/.exec(made)?.[1] ?? "/none/none"), { recursive: true, force: true });
});

/** The logins to the machine that are open here, as process id and command. */
async function masters(): Promise<string[]> {
  const { sshConfig } = machine.address;
  const end = await run("pgrep", ["-a", "-f", `ssh -F ${sshConfig} .*ControlMaster=yes`]);
  return end.stdout.split("\n").filter((line) => line !== "");
}

test("a changed host key is refused as such, and not as an unknown one", async () => {
  await machine.changeHostKey();
  assert.equal(await failure(machine.address), "refused host-key-changed");
});
