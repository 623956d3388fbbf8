import assert from "node:assert/strict";
import { appendFileSync, chmodSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  kill,
  type MachineScene,
  machineScene,
  restartDaemon,
  type SceneRevision,
} from "../../../test/helpers/machine-scene.ts";
import type { Evidence } from "../../model/evidence.ts";
import { machine } from "./index.ts";

/** A deployed scene with one release, whose proof a test then breaks. */
async function deployed(work: (scene: MachineScene, revision: SceneRevision) => Promise<void>, spec: object = {}) {
  const scene = machineScene();
  try {
    const revision = await scene.revision([
      { path: "a.txt", content: "as sent" },
      { path: "b.txt", content: "as sent too" },
    ]);
    for (const end of await scene.deploy(scene.place(spec), revision))
      assert.notEqual(end.result, "failed", JSON.stringify(end));
    await work(scene, revision);
  } finally {
    await scene.dispose();
  }
}

const claim = (evidence: Evidence[], name: string) => {
  const found = evidence.find((item) => item.claim === name);
  assert.ok(found, `there is no claim ${name}: ${JSON.stringify(evidence)}`);
  return found;
};
const current = (scene: MachineScene, file: string) => join(scene.directory, "current", file);

describe("the proof of a machine", { concurrency: false }, () => {
  it("a changed, a missing and an executable file are refuted by name", async () => {
    await deployed(async (scene, revision) => {
      appendFileSync(current(scene, "a.txt"), "!");
      const changed = claim(await scene.prove(scene.place(), revision), "files");
      assert.equal(changed.verdict, "refuted");
      assert.equal(changed.code, "file-changed");
      assert.match(changed.reason, /a\.txt/);
      rmSync(current(scene, "a.txt"));
      chmodSync(current(scene, "b.txt"), 0o755);
      const { reason } = claim(await scene.prove(scene.place(), revision), "files");
      assert.match(reason, /a\.txt \(missing\), b\.txt \(mode 755\)/);
    });
  });

  it("a file that our own step changed is noted with the step, and refuted when it is changed again", async () => {
    const base = machineScene();
    const restart = { run: `PID_FILE='${base.pidFile}'\n${restartDaemon}` };
    try {
      const revision = await base.revision([{ path: "a.txt", content: "as sent" }]);
      const place = base.place({ steps: { build: { run: "echo built >>a.txt" }, restart } });
      await base.deploy(place, revision);
      const own = claim(await base.prove(place, revision), "files");
      assert.equal(own.verdict, "proven", own.reason);
      assert.match(own.reason, /a\.txt was changed by step build/);
      appendFileSync(current(base, "a.txt"), "by hand");
      assert.equal(claim(await base.prove(place, revision), "files").verdict, "refuted");
    } finally {
      await base.dispose();
    }
  });

  it("a process of before the switch is stale, even one that runs from the release", async () => {
    await deployed(async (scene, revision) => {
      // From here on the step leaves the process that is there.
      writeFileSync(`${scene.pidFile}.hold`, "");
      const place = scene.place();
      const again = { ...revision, wanted: { ...revision.wanted, force: true } };
      const next = await scene.revision([{ path: "a.txt", content: "next" }]);
      await scene.deploy(place, next);
      const stale = claim(await scene.prove(place, next), "process");
      assert.equal(stale.code, "stale-process");
      assert.match(stale.reason, new RegExp(`runs from .*${revision.wanted.commit.slice(0, 12)}`));
      const back = (await scene.plan(place, again)).steps.map(({ name }) => name);
      assert.deepEqual(back, ["upload", "switch", "restart", "finish"]);
      await scene.deploy(place, revision);
      const old = claim(await scene.prove(place, revision), "process");
      assert.equal(old.code, "stale-process");
      assert.match(old.reason, /was started .* before the switch/);
      const plan = await scene.plan(place, revision);
      assert.deepEqual(
        plan.steps.map(({ name }) => name),
        ["restart", "finish"],
      );
      assert.match(plan.reason, /before the switch/);
    });
  });

  it("a process that dies within the settling time was never up", async () => {
    await deployed(async (scene, revision) => {
      const place = scene.place({ prove: { process: { pidFile: scene.pidFile }, stable: "4s", within: "2s" } });
      setTimeout(() => kill(scene.pid()), 1500);
      const evidence = await scene.prove(place, revision);
      const stable = claim(evidence, "stable");
      assert.equal(stable.verdict, "refuted");
      assert.equal(stable.code, "service-unstable");
      assert.match(stable.reason, /^pid \d+ ended/);
    });
  });

  it("a process is found by the port it listens on, and by nothing when nothing listens", async () => {
    await deployed(async (scene, revision) => {
      const server = createServer((_, answer) => answer.end("{}")).listen(0, "127.0.0.1");
      const { port } = await new Promise<AddressInfo>((done) =>
        server.on("listening", () => done(server.address() as AddressInfo)),
      );
      const place = scene.place({ prove: { process: { port }, stable: "1s", within: "1s" } });
      try {
        const ours = claim(await scene.prove(place, revision), "process");
        assert.equal(ours.code, "stale-process", "the test's own process does not run from the release");
        assert.match(ours.reason, new RegExp(`^pid ${process.pid} `));
      } finally {
        server.close();
      }
      const gone = claim(await scene.prove(place, revision, false), "process");
      assert.equal(gone.code, "process-missing");
      assert.match(gone.reason, /nothing listens on port/);
    });
  });

  it("an answer proves only by naming the commit", async () => {
    await deployed(async (scene, revision) => {
      let status = 200;
      let body = "";
      const server = createServer((_, answer) => answer.writeHead(status).end(body)).listen(0, "127.0.0.1");
      const { port } = await new Promise<AddressInfo>((done) =>
        server.on("listening", () => done(server.address() as AddressInfo)),
      );
      const http = { url: `http://127.0.0.1:${port}/version`, revision: ".build.sha" };
      const place = scene.place({ prove: { http, stable: "1s", within: "1s" } });
      const { commit } = revision.wanted;
      const answers: [string, number, string, string | undefined][] = [
        [JSON.stringify({ build: { sha: "0123456789abcdef" } }), 200, "refuted", "version-old"],
        [JSON.stringify({ build: { sha: "unknown" } }), 200, "unknown", "version-unknown"],
        [JSON.stringify({ build: {} }), 200, "unknown", "version-missing"],
        ["OK", 200, "unknown", "version-missing"],
        [JSON.stringify({ build: { sha: commit } }), 500, "unknown", "version-unreachable"],
        [JSON.stringify({ build: { sha: commit.slice(0, 7) } }), 200, "proven", undefined],
      ];
      try {
        for (const [text, code, verdict, expected] of answers) {
          body = text;
          status = code;
          const version = claim(await scene.prove(place, revision), "version");
          assert.deepEqual([version.verdict, version.code], [verdict, expected], `${code} ${text}`);
          if (verdict === "proven") assert.equal(version.readings[0]?.identity, commit);
        }
      } finally {
        server.close();
      }
      const silent = claim(await scene.prove(place, revision), "version");
      assert.equal(silent.code, "version-unreachable");
    });
  });

  it("a settling time is told of while it lasts", async () => {
    await deployed(async (scene, revision) => {
      const place = scene.place({ prove: { process: { pidFile: scene.pidFile }, stable: "60s" } });
      const stop = new AbortController();
      const told: string[] = [];
      const onWait = (message: string) => {
        told.push(message);
        stop.abort();
      };
      const context = { ...scene.context, signal: stop.signal, onWait };
      await machine.prove(place, revision.wanted, revision.artifact, true, context);
      assert.match(told.join("\n"), /^all of it holds; looked at once more in \d+ s$/);
    });
  });

  it("a process that does not come true is told of while it is waited for", async () => {
    await deployed(async (scene, revision) => {
      kill(scene.pid());
      const place = scene.place({ prove: { process: { pidFile: scene.pidFile }, within: "60s" } });
      const stop = new AbortController();
      const told: string[] = [];
      const onWait = (message: string) => {
        told.push(message);
        stop.abort();
      };
      const mask = (text: string) => text.replaceAll("alive", "***");
      const context = { ...scene.context, mask, signal: stop.signal, onWait };
      await machine.prove(place, revision.wanted, revision.artifact, true, context);
      assert.match(told.join("\n"), /^process: pid \d+ is not \*\*\*; waiting up to 60 s$/);
    });
  });

  it("a release of an older commit with the same source is right", async () => {
    await deployed(async (scene, revision) => {
      const commit = "f".repeat(40);
      const docs = { ...revision, wanted: { ...revision.wanted, commit, accepts: [commit, revision.wanted.commit] } };
      const evidence = await scene.prove(scene.place(), docs);
      assert.ok(
        evidence.every(({ verdict }) => verdict === "proven"),
        JSON.stringify(evidence),
      );
      assert.deepEqual((await scene.plan(scene.place(), docs)).steps, []);
      const stranger = { ...docs, wanted: { ...docs.wanted, accepts: [commit] } };
      assert.equal(claim(await scene.prove(scene.place(), stranger), "release").code, "wrong-release");
    });
  });

  it("what the survey has just read of everything is the first look, and is not read twice", async () => {
    await deployed(async (scene, revision) => {
      const place = scene.place({ prove: { process: { pidFile: scene.pidFile }, stable: "0s" } });
      const facts = await scene.facts(place);
      const at = facts.seen?.at;
      const evidence = await scene.prove(place, revision, false, facts);
      assert.deepEqual(
        evidence.map(({ claim: name, verdict }) => `${name} ${verdict}`),
        ["release proven", "files proven", "process proven", "stable proven"],
      );
      assert.ok(evidence.every(({ readings }) => readings.every((reading) => reading.at === at)));
    });
  });

  it("a reading of the survey counts only while it is new, whole, of our files and good", async () => {
    await deployed(async (scene, revision) => {
      const place = scene.place({ prove: { process: { pidFile: scene.pidFile }, stable: "0s" } });
      const facts = await scene.facts(place);
      const { seen } = facts;
      assert.ok(seen);
      appendFileSync(current(scene, "a.txt"), "!");
      const others: [string, typeof facts][] = [
        ["old", { ...facts, seen: { ...seen, tick: seen.tick - 60_000 } }],
        ["without files", { ...facts, seen: null }],
        ["of another list", { ...facts, seen: { ...seen, list: "0".repeat(64) } }],
        ["of a busy target", { ...facts, busy: "a step" }],
        ["of files that were changed", await scene.facts(place)],
      ];
      for (const [title, read] of others)
        assert.equal(claim(await scene.prove(place, revision, false, read), "files").verdict, "refuted", title);
      assert.equal(
        claim(await scene.prove(place, revision, true, facts), "files").verdict,
        "refuted",
        "after a change",
      );
      assert.deepEqual((await scene.facts(place)).modified, ["a.txt"]);
    });
  });
});
