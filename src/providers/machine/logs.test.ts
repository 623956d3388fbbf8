import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, kill, type MachineScene, machineScene } from "../../../test/helpers/machine-scene.ts";
import { shim } from "../../../test/helpers/shims.ts";
import { machine } from "./index.ts";
import { logs } from "./logs.ts";

/** A step that starts a daemon in `current`, which prints what this text prints and ends by itself when asked to. */
const starts = (scene: MachineScene, body: string) =>
  `cd "$LANDFALL_DIRECTORY/current"\nsh -c '${body}' & echo $! >'${scene.pidFile}'`;

async function withDaemon(body: string, work: (scene: MachineScene, log: () => Promise<string[]>) => Promise<void>) {
  const scene = machineScene();
  try {
    const place = scene.place({ steps: { start: { run: starts(scene, body) } } });
    const revision = await scene.revision([{ path: "a.txt", content: "a" }]);
    for (const end of await scene.deploy(place, revision)) assert.notEqual(end.result, "failed", JSON.stringify(end));
    await work(scene, async () => await logs(place, scene.context));
  } finally {
    await scene.dispose();
  }
}

describe("the log of a process without a unit", { concurrency: false }, () => {
  it("ends with what it said before it died", async () => {
    await withDaemon("echo up; sleep 1; echo no such table >&2; exit 3", async (scene, log) => {
      for (let tries = 0; tries < 50 && isAlive(scene.pid()); tries += 1) await sleep(100);
      const lines = await log();
      assert.match(lines[0] ?? "", /^the end of .*\/\.landfall\/logs\/.*-start\.log:$/);
      assert.deepEqual(lines.slice(1), ["up", "no such table"]);
    });
  });

  it("is said to be elsewhere when it printed nothing there", async () => {
    await withDaemon("exec sleep 600 >/dev/null 2>&1", async (scene, log) => {
      kill(scene.pid());
      assert.match((await log()).join("\n"), /^nothing was printed by the steps/);
    });
  });

  it("is nobody's business while it lives", async () => {
    await withDaemon("echo up; exec sleep 600 >/dev/null 2>&1", async (_, log) => {
      assert.deepEqual(await log(), []);
    });
  });
});

describe("the journal of a unit", { concurrency: false }, () => {
  const { PATH } = process.env;

  it("that this user may not read is read as root, or it is said how", async () => {
    const scene = machineScene();
    try {
      const place = scene.place({ prove: { service: "web.service" } });
      shim(scene.root, "journalctl", 'if [ "$AS_ROOT" = yes ]; then echo died; else echo "-- No entries --"; fi');
      const sudo = (text: string) => {
        writeFileSync(join(scene.root, "shims/sudo"), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
      };
      sudo('shift; AS_ROOT=yes exec "$@"');
      assert.deepEqual(await machine.logs?.(place, scene.context), ["died"]);
      sudo("exit 1");
      assert.match((await logs(place, scene.context)).join("\n"), /see journalctl -u web\.service -n 30, as root$/);
    } finally {
      process.env.PATH = PATH;
      await scene.dispose();
    }
  });
});
