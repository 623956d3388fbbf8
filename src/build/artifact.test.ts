import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type Stage, setStage } from "../../test/helpers/stage.ts";
import { readSources } from "../revision/source.ts";
import { buildArtifact } from "./artifact.ts";
import { writeTar } from "./tar.ts";

describe("an artifact", () => {
  let stage: Stage;
  beforeEach(() => {
    stage = setStage();
  });
  afterEach(() => stage.remove());

  const build = async (commit: string) => {
    const sources = await readSources(stage.directory, commit, { web: { source: ["src"], exclude: [] } });
    const source = sources.web ?? assert.fail();
    return await buildArtifact(stage.directory, {
      component: "web",
      commit,
      source: source.digest,
      files: source.files,
    });
  };
  const store = () => join(stage.directory, ".git", "landfall", "artifacts");

  it("has the same bytes when it is made again, in another clone with other settings", async () => {
    stage.git("config", "core.autocrlf", "true");
    const commit = stage.commit({
      "src/a.txt": "one\ntwo\n",
      "src/deep/b c.txt": "x",
      ".gitattributes": "* text=auto eol=crlf\nsrc/a.txt export-ignore\n",
    });
    const first = await build(commit);
    const clone = setStage();
    clone.git("fetch", "--quiet", stage.directory, "+main:other");
    const sources = await readSources(clone.directory, commit, { web: { source: ["src"], exclude: [] } });
    const source = sources.web ?? assert.fail();
    const second = await buildArtifact(clone.directory, {
      component: "web",
      commit,
      source: source.digest,
      files: source.files,
    });
    assert.equal(second.digest, first.digest);
    assert.deepEqual(second.files, first.files);
    assert.deepEqual(
      first.files.map(({ path }) => path),
      ["src/a.txt", "src/app.txt", "src/deep/b c.txt"],
    );
    const listing = execFileSync("tar", ["-tf", first.path], { encoding: "utf8" });
    assert.match(listing, /src\/deep\/b c\.txt/);
    assert.equal(execFileSync("tar", ["-xOf", first.path, "src/a.txt"], { encoding: "utf8" }), "one\ntwo\n");
    clone.remove();
  });

  it("keeps what is executable and what is a link, and takes thousands of files and empty ones", async () => {
    stage.write(
      Object.fromEntries(
        Array.from({ length: 1500 }, (_, index) => [`src/many/${index}.txt`, index % 3 ? `${index}` : ""]),
      ),
    );
    writeFileSync(join(stage.directory, "src/run.sh"), "#!/bin/sh\n");
    chmodSync(join(stage.directory, "src/run.sh"), 0o755);
    symlinkSync("../app.txt", join(stage.directory, "src/many/link"));
    const artifact = await build(stage.commit({}));
    const modes = Object.fromEntries(artifact.files.map(({ path, mode }) => [path, mode]));
    assert.equal(artifact.files.length, 1503);
    assert.equal(modes["src/run.sh"], "100755");
    assert.equal(modes["src/many/link"], "120000");
  });

  it("is taken from the store, and made again when the stored one was damaged", async () => {
    const commit = stage.git("rev-parse", "HEAD");
    const first = await build(commit);
    writeFileSync(first.path, "damaged");
    const again = await build(commit);
    assert.equal(again.digest, first.digest);
    assert.notEqual(readFileSync(again.path, "utf8"), "damaged");
    assert.deepEqual(
      readdirSync(store()).filter((name) => name.endsWith(".tmp")),
      [],
    );
  });

  it("is one of at most thirty in the store when the others are no longer in use, and the newest stay", async () => {
    let last = "";
    for (let number = 0; number < 33; number++) {
      last = (await build(stage.commit({ "src/app.txt": `${number}` }))).path;
      if (number < 31) for (const name of readdirSync(store())) ageHours(join(store(), name), 40 - number);
    }
    const names = readdirSync(store());
    assert.equal(names.filter((name) => name.endsWith(".tar")).length, 30);
    assert.equal(names.filter((name) => name.endsWith(".json")).length, 30);
    assert.ok(names.includes(basename(last)));
  });

  it("stays as long as the rollout that it was made for, however many there are, and once more when it is taken again", async () => {
    const commits = Array.from({ length: 32 }, (_, number) => stage.commit({ "src/app.txt": `${number}` }));
    const first = await build(commits[0] ?? assert.fail());
    for (const commit of commits) await build(commit);
    assert.ok(existsSync(first.path));
    for (const name of readdirSync(store())) ageHours(join(store(), name), 5);
    ageHours(first.path.replace(/tar$/, "json"), 6);
    await build(commits[0] ?? assert.fail());
    await build(stage.commit({ "src/app.txt": "another" }));
    assert.ok(existsSync(first.path));
  });

  it("is refused for a link that leads out of the release", async () => {
    symlinkSync("/etc/passwd", join(stage.directory, "src/out"));
    await assert.rejects(build(stage.commit({})), { code: "path-escapes" });
    symlinkSync("../../up", join(stage.directory, "src/up"));
    stage.git("rm", "--quiet", "src/out");
    await assert.rejects(build(stage.commit({})), { code: "path-escapes" });
  });

  it("is refused for a path that leads out of the release, which only a forged commit has", async () => {
    const file = { mode: "100644", blob: stage.git("rev-parse", "HEAD:src/app.txt") };
    for (const path of ["../up", "/etc/x", "a/../../b", "a//b", "./a"]) {
      const request = { component: "web", commit: "0", source: "sha256:00", files: [{ ...file, path }] };
      await assert.rejects(buildArtifact(stage.directory, request), { code: "path-escapes" }, path);
    }
  });

  it("is refused for an LFS pointer: the file itself would be missing", async () => {
    const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
    await assert.rejects(build(stage.commit({ "src/model.bin": pointer })), { code: "lfs-pointer" });
  });

  it("is refused when the disk is full, and brings nothing else down", { skip: !existsSync("/dev/full") }, async () => {
    stage.write(Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`src/${n}.txt`, `${n}`.repeat(200_000)])));
    symlinkSync("0.txt", join(stage.directory, "src/link"));
    const commit = stage.commit({});
    const { web } = await readSources(stage.directory, commit, { web: { source: ["src"], exclude: [] } });
    const request = { component: "web", commit, source: "sha256:00", files: web?.files ?? [] };
    await assert.rejects(writeTar(stage.directory, "/dev/full", request), /ENOSPC/);
  });
});

function ageHours(path: string, hours: number): void {
  const then = new Date(Date.now() - hours * 3600 * 1000);
  utimesSync(path, then, then);
}
