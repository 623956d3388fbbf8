import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createWriteStream, existsSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { machineScene, type SceneRevision } from "../../../test/helpers/machine-scene.ts";
import { shim } from "../../../test/helpers/shims.ts";
import { machine } from "./index.ts";
import { releaseOf } from "./release.ts";

describe("an upload", { concurrency: false }, () => {
  it("that is cut off leaves no release behind, and the next one cleans up", async () => {
    const scene = machineScene();
    try {
      const place = scene.place({ steps: {} });
      const revision = await scene.revision([{ path: "a", content: "x".repeat(100_000) }]);
      const [upload] = (await scene.plan(place, revision)).steps;
      assert.ok(upload);
      const fifo = join(scene.root, "fifo");
      execFileSync("mkfifo", [fifo]);
      const stop = new AbortController();
      const work = { ...scene.work(revision), artifact: { ...revision.artifact, path: fifo } };
      const running = machine.run(upload, place, work, { ...scene.context, signal: stop.signal });
      const writer = createWriteStream(fifo);
      writer.write(readFileSync(revision.artifact.path).subarray(0, 50_000));
      const releases = join(scene.directory, "releases");
      for (let i = 0; i < 100 && !(existsSync(releases) && readdirSync(releases).length > 0); i++) await sleep(50);
      stop.abort();
      writer.destroy();
      assert.equal((await running).result, "failed");
      assert.deepEqual(
        readdirSync(releases).filter((name) => !name.startsWith(".incoming-")),
        [],
      );
      for (const end of await scene.deploy(place, revision)) assert.equal(end.result, "done");
      assert.equal(readdirSync(releases).length, 1);
    } finally {
      await scene.dispose();
    }
  });

  it("whose bytes differ from what was listed is refused", async () => {
    const scene = machineScene();
    try {
      const place = scene.place({ steps: {} });
      const good = await scene.revision([{ path: "a", content: "1" }]);
      const other = await scene.revision([
        { path: "a", content: "2" },
        { path: "b", content: "" },
      ]);
      const end = (
        await scene.deploy(place, { ...good, artifact: { ...good.artifact, path: other.artifact.path } })
      ).at(-1);
      assert.equal(end?.result === "failed" && end.error.code, "upload-failed");
      assert.deepEqual(readdirSync(join(scene.directory, "releases")), []);
    } finally {
      await scene.dispose();
    }
  });

  it("with a link that leads out of the release is refused", async () => {
    for (const [path, content] of [
      ["l", "/etc/passwd"],
      ["d/l", "../../x"],
      ["l", ".."],
      ["l", "a/../../x"],
    ] as const) {
      const scene = machineScene();
      try {
        const revision = await scene.revision([{ path, content, mode: "120000" }]);
        const end = (await scene.deploy(scene.place({ steps: {} }), revision)).at(-1);
        assert.match(JSON.stringify(end), /leads out of the release/, `${path} -> ${content}`);
      } finally {
        await scene.dispose();
      }
    }
  });

  it("lays names with quotes, newlines, spaces and dollars as they are", async () => {
    const scene = machineScene();
    try {
      const names = [
        "a b",
        " lead",
        "trail ",
        "new\nline",
        "q'uo\"te",
        "$(touch x)`y`",
        "-n",
        "back\\slash",
        "dir/ü;rm",
      ];
      const revision = await scene.revision([
        ...names.map((path) => ({ path, content: path })),
        { path: "link", content: "dir/ü;rm", mode: "120000" },
        { path: "tool", content: "#!/bin/sh\n", mode: "100755" },
      ]);
      const place = scene.place();
      for (const end of await scene.deploy(place, revision)) assert.equal(end.result, "done", JSON.stringify(end));
      const files = (await scene.prove(place, revision)).find(({ claim }) => claim === "files");
      assert.equal(files?.verdict, "proven", files?.reason);
    } finally {
      await scene.dispose();
    }
  });

  it("works in a directory with spaces, quotes, backslashes and a shell's words in its name", async () => {
    const scene = machineScene();
    try {
      const directory = join(scene.root, 'it\'s a "dir" \\n; $(touch x) `y` & *');
      const steps = { build: { run: "echo built >>a" }, ...scene.place().spec.steps };
      const place = scene.place({ directory, steps, shared: ["two words/"] });
      const revision = await scene.revision([{ path: "a", content: "1" }]);
      for (const end of await scene.deploy(place, revision)) assert.equal(end.result, "done", JSON.stringify(end));
      for (const { verdict, reason } of await scene.prove(place, revision)) assert.equal(verdict, "proven", reason);
      assert.deepEqual((await scene.plan(place, revision)).steps, []);
      const [upload] = await scene.deploy(place, { ...revision, wanted: { ...revision.wanted, force: true } });
      assert.match(JSON.stringify(upload), /was set aside/);
    } finally {
      await scene.dispose();
    }
  });

  it("that finds its release there is unchanged, and one that is cut off after it does not count as finished", async () => {
    const scene = machineScene();
    try {
      const [one, two] = [
        await scene.revision([{ path: "a", content: "1" }]),
        await scene.revision([{ path: "a", content: "2" }]),
      ];
      const place = scene.place();
      await scene.deploy(place, one);
      await scene.deploy(place, two);
      const { steps } = await scene.plan(place, one);
      const work = scene.work(one);
      const results: string[] = [];
      for (const step of steps.slice(0, 2)) results.push((await machine.run(step, place, work, scene.context)).result);
      assert.deepEqual(results, ["unchanged", "done"]);
      const next = await scene.plan(place, one);
      assert.match(next.reason, /never came to its end/);
      for (const end of await scene.deploy(place, one)) assert.notEqual(end.result, "failed");
      for (const { verdict, reason } of await scene.prove(place, one)) assert.equal(verdict, "proven", reason);
    } finally {
      await scene.dispose();
    }
  });

  it("finds what is shared in its place, and refuses to hide a file of its own behind it", async () => {
    const scene = machineScene();
    try {
      const place = scene.place({
        steps: { see: { run: "echo kept >media/x; ls -d media .env conf" } },
        shared: ["media/", "conf/.env"],
      });
      const revision = await scene.revision([{ path: "a", content: "1" }]);
      const ends = await scene.deploy(place, revision);
      assert.match(JSON.stringify(ends[0]), /shared\/conf\/.env does not exist on the target yet/);
      assert.equal(readFileSync(join(scene.directory, "shared/media/x"), "utf8"), "kept\n");
      const clash = await scene.revision([{ path: "media/own", content: "1" }]);
      assert.match(JSON.stringify((await scene.deploy(place, clash)).at(-1)), /media is shared between releases/);
    } finally {
      await scene.dispose();
    }
  });

  it("of a release that is there, and lost the link to a shared path, links that path, and disturbs nothing", async () => {
    const scene = machineScene();
    try {
      const steps = { build: { run: "echo built >out" } };
      const place = scene.place({ steps, shared: ["uploads/", "var/db/"] });
      const revision = await scene.revision([
        { path: "a", content: "1" },
        { path: "l", content: "a", mode: "120000" },
      ]);
      await scene.deploy(place, revision);
      writeFileSync(join(scene.directory, "shared/uploads/one"), "kept");
      const other = await scene.revision([{ path: "a", content: "2" }]);
      const release = readlinkSync(join(scene.directory, "current"));
      for (const path of ["uploads", "var/db"]) rmSync(join(scene.directory, release, path));
      await scene.deploy(place, other);
      const [upload] = await scene.deploy(place, revision);
      assert.equal(upload?.result, "unchanged", JSON.stringify(upload));
      assert.match(JSON.stringify(upload), /shared\/uploads was linked/);
      const current = join(scene.directory, "current");
      assert.equal(readlinkSync(current), release);
      assert.equal(readFileSync(join(current, "uploads/one"), "utf8"), "kept");
      assert.equal(readlinkSync(join(current, "var/db")), join(scene.directory, "shared/var/db"));
      assert.equal(readFileSync(join(current, "out"), "utf8"), "built\n");
    } finally {
      await scene.dispose();
    }
  });

  it("of a release that has something else where a path is shared lays it anew, and keeps what was there", async () => {
    const scene = machineScene();
    try {
      const revision = await scene.revision([{ path: "a", content: "1" }]);
      const steps = { build: { run: "rm uploads; mkdir uploads; echo mine >uploads/one" } };
      const place = scene.place({ steps, shared: ["uploads/"] });
      await scene.deploy(place, revision);
      await scene.deploy(place, await scene.revision([{ path: "a", content: "2" }]));
      const [upload] = (await scene.plan(place, revision)).steps;
      assert.ok(upload);
      const end = await machine.run(upload, place, scene.work(revision), scene.context);
      assert.match(JSON.stringify(end), /"done".*set aside as releases\/(\S+\.replaced-1)/);
      const releases = join(scene.directory, "releases");
      const release = String(upload.input.release);
      assert.equal(readlinkSync(join(releases, release, "uploads")), join(scene.directory, "shared/uploads"));
      assert.equal(readFileSync(join(releases, `${release}.replaced-1`, "uploads/one"), "utf8"), "mine\n");
    } finally {
      await scene.dispose();
    }
  });

  it("is on the disk before it gets its name, and what the steps made of it before it counts as finished", async () => {
    const scene = machineScene();
    const path = process.env.PATH;
    try {
      const log = join(scene.root, "synced");
      const releases = join(scene.directory, "releases");
      const marks = join(scene.directory, ".landfall/releases");
      shim(scene.root, "sync", `echo "$* :" $(ls ${releases} ${marks}) >>${log}\nexec "$real" "$@"`);
      const place = scene.place({ steps: { build: { run: "echo built >out" } } });
      const revision = await scene.revision([{ path: "a", content: "1" }]);
      const ends = await scene.deploy(place, revision);
      for (const { result } of ends) assert.equal(result, "done");
      const [release = ""] = readdirSync(releases);
      const whole = readFileSync(log, "utf8")
        .split("\n")
        .filter((line) => line.startsWith("-f "));
      assert.equal(whole.length, 2, readFileSync(log, "utf8"));
      assert.match(whole[0] ?? "", /^-f \S+\/\.incoming-R1\S* :/);
      assert.ok(!whole[0]?.includes(`releases: ${release}`), "it had its name");
      assert.ok(whole[1]?.startsWith(`-f ${join(releases, release)} :`), whole[1]);
      assert.ok(!whole[1]?.includes(".complete"), "it counted as finished");
    } finally {
      process.env.PATH = path;
      await scene.dispose();
    }
  });
});

describe("pruning", { concurrency: false }, () => {
  it("keeps of a proven source the release that was made last, however often the manifest changed", async () => {
    const scene = machineScene();
    try {
      const revision = await scene.revision([{ path: "a", content: "1" }]);
      const proven = { ...revision, wanted: { ...revision.wanted, proven: [revision.wanted.digest] } };
      const place = (n: number) => scene.place({ steps: { build: { run: `echo ${n} >built` } }, keep: 2 });
      for (const n of [1, 2, 3, 4, 5])
        for (const end of await scene.deploy(place(n), proven)) assert.equal(end.result, "done", JSON.stringify(end));
      const other = await scene.revision([{ path: "a", content: "2" }], { proven: [revision.wanted.digest] });
      await scene.deploy(place(6), other);
      await scene.deploy(place(7), other);
      const left = [releaseOf(place(5), revision.wanted), ...[6, 7].map((n) => releaseOf(place(n), other.wanted))];
      assert.deepEqual(readdirSync(join(scene.directory, "releases")).sort(), left.sort());
    } finally {
      await scene.dispose();
    }
  });

  it("tells of a release that cannot be removed, as where a service left files of its own in it", async () => {
    const scene = machineScene();
    const path = process.env.PATH;
    try {
      const place = scene.place({ steps: {}, keep: 2 });
      const revisions: SceneRevision[] = [];
      for (let i = 0; i < 3; i++) revisions.push(await scene.revision([{ path: "a", content: `${i}` }]));
      const [first] = revisions;
      assert.ok(first);
      const old = `releases/${releaseOf(place, first.wanted)}`;
      const message = `rm: cannot remove '${old}/a': Permission denied`;
      shim(scene.root, "rm", `case "$*" in *"${old}") echo "${message}" >&2; exit 1 ;; esac\nexec "$real" "$@"`);
      const ends = [];
      for (const revision of revisions) ends.push((await scene.deploy(place, revision)).at(-1));
      assert.deepEqual(ends.at(-1), { result: "done", notes: [`${old} could not be removed: ${message}`] });
    } finally {
      process.env.PATH = path;
      await scene.dispose();
    }
  });

  it("keeps the newest, the current, what was proven and what a process runs in", async () => {
    const scene = machineScene();
    try {
      const revisions: SceneRevision[] = [];
      for (let i = 0; i < 6; i++) revisions.push(await scene.revision([{ path: "a", content: `${i}` }]));
      const place = scene.place({ steps: {}, keep: 2 });
      const releases = () => readdirSync(join(scene.directory, "releases")).sort();
      const id = (revision: SceneRevision | undefined) =>
        releaseOf(place, revision?.wanted ?? { commit: "", digest: "" });
      const deploy = async (revision: SceneRevision | undefined, proven: string[]) => {
        assert.ok(revision);
        for (const end of await scene.deploy(place, { ...revision, wanted: { ...revision.wanted, proven } }))
          assert.equal(end.result, "done", JSON.stringify(end));
      };
      const proven = [revisions[0]?.wanted.digest ?? ""];
      await deploy(revisions[0], proven);
      await deploy(revisions[1], proven);
      const inUse = spawn("sleep", ["300"], { cwd: join(scene.directory, "releases", id(revisions[1])) });
      await sleep(20);
      for (const revision of revisions.slice(2)) await deploy(revision, proven);
      inUse.kill("SIGKILL");
      assert.deepEqual(releases(), [0, 1, 4, 5].map((n) => id(revisions[n])).sort());
    } finally {
      await scene.dispose();
    }
  });
});
