import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, kill, machineScene } from "../../../test/helpers/machine-scene.ts";
import type { Host, ScriptEnd } from "../../io/hosts.ts";
import { withLibrary } from "../../io/library.ts";
import { run } from "../../io/process.ts";
import { shellQuote } from "../../util/shell.ts";

type Change = (script: string) => string;
const asIs: Change = (script) => script;

/** The library as a system without these tools would take it: perl locks and makes sessions, ps and lsof show processes. */
const asOnMac: Change = (script) =>
  script
    .replace(/have (flock|setsid|sha256sum)/g, "have no-such-tool")
    .replaceAll("mv -fT", "mv --no-such-option")
    .replace(/\/proc\/(self|net|sys)/g, "/no-such-proc/$1");

/** As where /proc is mounted with hidepid, for a process of another user. */
const asHidden: Change = (script) => script.replaceAll('"/proc/$1/stat"', '"/no-such-proc/$1/stat"');

const shells = { dash: ["dash"], bash: ["bash", "--posix"], busybox: ["busybox", "sh"] };
const parts = ["../target.sh", "target.sh", "target-files.sh", "target-release.sh", "target-step.sh", "target-read.sh"];

/** A host whose `sh` is another shell, so that the library and its runner both run under it. */
function hostWith(root: string, shell: readonly string[], change: Change): Host {
  const bin = join(root, "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "sh"), `#!/bin/sh\nexec ${shell.map(shellQuote).join(" ")} "$@"\n`);
  chmodSync(join(bin, "sh"), 0o755);
  return {
    name: "localhost",
    begin: () => {},
    connect: () => Promise.reject(new Error("not in this test")),
    script: async (script, args, options = {}): Promise<ScriptEnd> => {
      const payload = options.payload && "file" in options.payload ? options.payload.file : undefined;
      const end = await run(join(bin, "sh"), ["-c", change(withLibrary(script, options.library)), "sh", ...args], {
        env: { PATH: `${bin}:/usr/bin:/bin`, HOME: root },
        inputFile: payload,
        input: options.payload && "text" in options.payload ? options.payload.text : undefined,
        onStdoutLine: options.onLine,
      });
      assert.equal(end.ended, "exit");
      return end.ended === "exit" ? end : { ended: "cancelled" };
    },
  };
}

for (const [name, shell] of Object.entries(shells)) {
  describe(`target.sh under ${name}`, { concurrency: false }, () => {
    before(() => {
      const { error } = spawnSync(shell[0] ?? "", [...shell.slice(1), "-c", ":"]);
      assert.equal(
        error,
        undefined,
        `${name} is not here. Install it: apt-get install ${name} (macOS: brew install ${name})`,
      );
    });

    it("parses", () => {
      const text = parts.map((part) => readFileSync(new URL(part, import.meta.url), "utf8")).join("\n");
      const { status, stderr } = spawnSync(shell[0] ?? "", [...shell.slice(1), "-n"], {
        input: text,
        encoding: "utf8",
      });
      assert.equal(status, 0, stderr);
    });

    it("deploys and proves, and tells a step that fails, is killed or is not found", async () => {
      await story(shell, asIs);
    });

    it("holds the lock under a step whose runner was killed, and gives it up with the step", async () => {
      await orphan(shell, asIs);
    });

    it("does not call a process dead that is only hidden", async () => {
      const scene = machineScene();
      const host = hostWith(scene.root, shell, asHidden);
      scene.context.hosts = { get: () => host, close: async () => {} };
      try {
        const revision = await scene.revision([{ path: "a", content: "1" }]);
        for (const { result } of await scene.deploy(scene.place(), revision)) assert.equal(result, "done");
        const codeOf = async () =>
          (await scene.prove(scene.place(), revision, false)).find(({ claim }) => claim === "process")?.code;
        assert.equal(await codeOf(), "process-unreadable");
        assert.deepEqual(
          await scene.deploy(scene.place(), revision),
          [],
          "what cannot be seen is no reason to restart",
        );
        kill(scene.pid());
        await ended(scene.pid());
        assert.equal(await codeOf(), "process-missing");
      } finally {
        await scene.dispose();
      }
    });
  });
}

describe("target.sh without flock, setsid, sha256sum, mv -T and /proc", () => {
  it("deploys and proves, and tells a step that fails, is killed or is not found", async () => {
    await story(["/bin/sh"], asOnMac);
  });

  it("holds the lock under a step whose runner was killed, and gives it up with the step", async () => {
    await orphan(["/bin/sh"], asOnMac);
  });
});

async function story(shell: readonly string[], change: Change): Promise<void> {
  const scene = machineScene();
  const host = hostWith(scene.root, shell, change);
  scene.context.hosts = { get: () => host, close: async () => {} };
  try {
    const { restart } = scene.place().spec.steps;
    const steps = {
      migrate: { run: "echo 'a  b'; printf end", once: "revision" },
      build: { run: "echo x >>a" },
      restart,
    };
    const revision = await scene.revision([
      { path: "a", content: "1" },
      { path: "new\nline ", content: "2" },
      { path: "d/l", content: "../a", mode: "120000" },
    ]);
    const place = scene.place({ steps, shared: ["media/"] });
    for (const end of await scene.deploy(place, revision)) assert.equal(end.result, "done", JSON.stringify(end));
    const evidence = await scene.prove(place, revision);
    for (const { verdict, reason } of evidence) assert.equal(verdict, "proven", reason);
    const codes = {
      "exit 3": "step-failed",
      "no-such-command": "step-not-found",
      "kill -9 $$": "step-killed",
      "sleep 60": "step-timeout",
    };
    for (const [command, code] of Object.entries(codes)) {
      const bad = scene.place({ steps: { bad: { run: command, timeout: "1s" } } });
      const next = await scene.revision([{ path: "a", content: command }]);
      const end = (await scene.deploy(bad, next)).at(-1);
      assert.equal(end?.result === "failed" && end.error.code, code);
    }
    const late = (await scene.deploy(place, await scene.revision([{ path: "a", content: "late" }]), 1)).at(-1);
    assert.equal(late?.result === "failed" && late.error.code, "fenced");
  } finally {
    await scene.dispose();
  }
}

async function orphan(shell: readonly string[], change: Change): Promise<void> {
  const scene = machineScene();
  const host = hostWith(scene.root, shell, change);
  scene.context.hosts = { get: () => host, close: async () => {} };
  try {
    const revision = await scene.revision([{ path: "a", content: "1" }]);
    const log = join(scene.root, "log");
    const run = `echo in >>${log}; sleep 0.3; kill -9 $PPID; sleep 1; echo out >>${log}`;
    const end = (await scene.deploy(scene.place({ steps: { work: { run, timeout: "60s" } } }), revision)).at(-1);
    assert.equal(end?.result === "failed" && end.error.code, "connection-lost", JSON.stringify(end));
    const next = scene.place({ steps: { work: { run: `echo next >>${log}` } } });
    for (const { result } of await scene.deploy(next, revision)) assert.notEqual(result, "failed");
    assert.equal(readFileSync(log, "utf8"), "in\nout\nnext\n");
    assert.equal((await scene.facts(next)).busy, null);
  } finally {
    await scene.dispose();
  }
}

async function ended(pid: number): Promise<void> {
  for (let tries = 0; tries < 100 && isAlive(pid); tries++) await sleep(50);
}
