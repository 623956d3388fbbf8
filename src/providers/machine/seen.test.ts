import assert from "node:assert/strict";
import {
  appendFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type MachineScene, machineScene, type SceneRevision } from "../../../test/helpers/machine-scene.ts";
import { countedHashes, shim } from "../../../test/helpers/shims.ts";
import type { MachinePlace } from "./target.ts";

/** Enough of them to count as large. */
const files = Array.from({ length: 1000 }, (_, index) => ({ path: `f/${index}`, content: `as sent ${index}\n` }));

interface Deployed {
  scene: MachineScene;
  place: MachinePlace;
  revision: SceneRevision;
  /** The folder of the release. */
  release: string;
  /** How often the release was read since the last call. */
  reads(): number;
}

/** A large release, deployed with these steps before its restart. */
async function deployed(
  work: (deployed: Deployed) => Promise<void>,
  steps: Record<string, string> = {},
  before: (scene: MachineScene) => void = () => {},
): Promise<void> {
  const scene = machineScene();
  try {
    const log = countedHashes(scene.root);
    before(scene);
    const { restart } = scene.place().spec.steps;
    const written = Object.entries(steps).map(([name, run]) => [name, { run }] as const);
    const place = scene.place({ steps: { ...Object.fromEntries(written), restart } });
    const revision = await scene.revision(files);
    let counted = 0;
    const reads = () => {
      // Two hundred files at a time: this one is in one call of each reading.
      const all = log().filter((line) => `${line} `.includes(" ./f/500 ")).length;
      const more = all - counted;
      counted = all;
      return more;
    };
    for (const end of await scene.deploy(place, revision)) assert.equal(end.result, "done", JSON.stringify(end));
    const [id = ""] = readdirSync(join(scene.directory, "releases"));
    await work({ scene, place, revision, release: join(scene.directory, "releases", id), reads });
  } finally {
    await scene.dispose();
  }
}

async function filesClaimOf({ scene, place, revision }: Deployed) {
  const facts = await scene.facts(place);
  return (await scene.prove(place, revision, false, facts)).find(({ claim }) => claim === "files");
}

describe("a large release that nothing was written to", { concurrency: false }, () => {
  it("is read when it arrives and when it is proven, and neither by steps nor by surveys", async () => {
    await deployed(
      async (all) => {
        assert.equal(all.reads(), 1, "the upload");
        const { modified, seen } = await all.scene.facts(all.place);
        assert.deepEqual(modified, []);
        assert.equal(seen, null, "what was not read is no look of a proof");
        assert.equal(all.reads(), 0, "the survey");
        assert.equal((await filesClaimOf(all))?.verdict, "proven");
        assert.equal(all.reads(), 1, "the proof");
      },
      { one: "true", two: "true" },
    );
  });

  it("is read by each step and survey when its note is spoilt", async () => {
    await deployed(async (all) => {
      const state = join(all.scene.directory, ".landfall/releases");
      const note = join(state, readdirSync(state).find((name) => name.endsWith(".seen")) ?? "");
      const text = readFileSync(note, "utf8");
      for (const spoilt of [
        "",
        "-\n",
        text.replace(/^[0-9a-f]/, (digit) => (digit === "0" ? "1" : "0")),
        text.slice(1),
      ]) {
        writeFileSync(note, spoilt);
        all.reads();
        assert.deepEqual((await all.scene.facts(all.place)).modified, []);
        assert.equal(all.reads(), 1, JSON.stringify(spoilt));
      }
    });
  });

  it("is read again after a boot, which may have lost what was written last", async () => {
    const boot = (scene: MachineScene) => join(scene.root, "boot");
    await deployed(
      async (all) => {
        all.reads();
        await all.scene.facts(all.place);
        assert.equal(all.reads(), 0, "before it");
        writeFileSync(boot(all.scene), "second\n");
        await all.scene.facts(all.place);
        assert.equal(all.reads(), 1, "after it");
      },
      {},
      (scene) => {
        writeFileSync(boot(scene), "first\n");
        readsBootFrom(scene, boot(scene));
      },
    );
  });
});

describe("a change of a large release", { concurrency: false }, () => {
  /** Each of them keeps the file's size and its modification time. */
  const changes = {
    "written into": (path: string) => writeFileSync(path, readFileSync(path, "utf8").toUpperCase()),
    "replaced by a rename": (path: string) => {
      writeFileSync(`${path}.new`, readFileSync(path, "utf8").toUpperCase());
      renameSync(`${path}.new`, path);
    },
    "cut and filled up": (path: string) => {
      const { length } = readFileSync(path);
      truncateSync(path, 1);
      appendFileSync(path, "x".repeat(length - 1));
    },
  };
  for (const [how, change] of Object.entries(changes))
    it(`is found by the survey and the proof although size and time are as before: ${how}`, async () => {
      await deployed(async (all) => {
        const path = join(all.release, "f/500");
        const { atime, mtime, size } = statSync(path);
        change(path);
        utimesSync(path, atime, mtime);
        assert.equal(statSync(path).size, size);
        assert.equal(statSync(path).mtimeMs, mtime.getTime());
        assert.deepEqual((await all.scene.facts(all.place)).modified, ["f/500"]);
        const claim = await filesClaimOf(all);
        assert.equal(claim?.verdict, "refuted");
        assert.match(claim?.reason ?? "", /f\/500/);
      });
    });

  it("is told with the step that made it, which reads; the steps after it do not", async () => {
    await deployed(
      async (all) => {
        assert.equal(all.reads(), 2, "the upload and the step that changed something");
        assert.deepEqual((await all.scene.facts(all.place)).modified, []);
        assert.match((await filesClaimOf(all))?.reason ?? "", /f\/500 was changed by step build/);
      },
      { one: "true", build: "echo built >>f/500; sleep 0.1", two: "true" },
    );
  });

  it("is found where the clock of the file system did not move on since: nothing is noted then", async () => {
    await deployed(
      async (all) => {
        writeFileSync(join(all.release, "f/500"), "AS SENT 500\n");
        assert.deepEqual((await all.scene.facts(all.place)).modified, ["f/500"]);
      },
      {},
      (scene) => shim(scene.root, "stat", statSays("1")),
    );
  });

  it("is found by the proof when the system tells lies of its files: a proof reads", async () => {
    await deployed(
      async (all) => {
        await sleep(10);
        writeFileSync(join(all.release, "f/500"), "AS SENT 500\n");
        assert.deepEqual((await all.scene.facts(all.place)).modified, [], "the survey believed it");
        assert.equal((await filesClaimOf(all))?.verdict, "refuted");
      },
      {},
      (scene) => shim(scene.root, "stat", statSays("9")),
    );
  });
});

/** A stat that tells the same of each file for ever, and of a new one that it was made at this second. */
function statSays(second: string): string {
  const line = (at: string) => `echo "1 1 1 1 ${at} d 1.0 z n"`;
  return `for file; do case $file in */.moment-*) ${line(second)} && exit ;; ./*) ${line("1")} ;; esac; done`;
}

/** Lets the machine read which boot it runs in from a file of ours. */
function readsBootFrom(scene: MachineScene, file: string): void {
  const real = scene.context.hosts;
  const changed = (part: string) => part.replaceAll("/proc/sys/kernel/random/boot_id", file);
  const get: typeof real.get = (at) => {
    const host = real.get(at);
    return {
      ...host,
      script: (script, args, options = {}) => {
        const { library } = options;
        const parts = library && { library: { ...library, parts: library.parts.map(changed) } };
        return host.script(script, args, { ...options, ...parts });
      },
    };
  };
  scene.context.hosts = { get, close: () => real.close() };
}
