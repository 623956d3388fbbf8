import assert from "node:assert/strict";
import { chmodSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type Stage, setStage } from "../../test/helpers/stage.ts";
import { resolveRevision } from "./resolve.ts";

describe("a revision", () => {
  let stage: Stage;
  beforeEach(() => {
    stage = setStage();
  });
  afterEach(() => stage.remove());

  const resolve = (ref?: string, source = ["src"], exclude: string[] = [], directory = stage.directory) =>
    resolveRevision({ directory, manifestPath: "landfall.yaml", ref, components: { web: { source, exclude } } });
  const digest = async (ref?: string, source = ["src"], exclude: string[] = []) =>
    (await resolve(ref, source, exclude)).revision.components.web;

  it("has the same source digest as a commit that differs only elsewhere", async () => {
    const before = await digest();
    stage.commit({ "docs/a.md": "words" });
    assert.equal(await digest(), before);
    stage.commit({ "src/app.txt": "two\n" });
    assert.notEqual(await digest(), before);
    stage.commit({ "src/app.txt": "one\n" });
    assert.equal(await digest(), before, "a revert has the old digest");
  });

  it("counts a file's mode and its name, and not what is excluded", async () => {
    const before = await digest();
    chmodSync(join(stage.directory, "src/app.txt"), 0o755);
    stage.commit({});
    assert.notEqual(await digest(), before);
    const whole = await digest("HEAD", ["."], ["docs", "*.md"]);
    stage.commit({ "docs/a.txt": "x", "README.md": "x" });
    assert.equal(await digest("HEAD", ["."], ["docs", "*.md"]), whole);
    assert.notEqual(await digest("HEAD", ["."], ["docs"]), whole);
  });

  it("names what is not committed: changed, deleted and new files of the source, and the manifest", async () => {
    stage.write({ "src/new file.txt": "x", "elsewhere.txt": "x", "landfall.yaml": "changed" });
    const found = await resolve();
    assert.deepEqual([...found.changed].sort(), ["landfall.yaml", "src/new file.txt"]);
    assert.ok(found.revision.dirty);
    assert.deepEqual((await resolve("HEAD")).changed, []);
  });

  it("is read relative to the manifest's folder, also inside a larger repository", async () => {
    stage.commit({ "services/api/src/x.txt": "x", "services/api/landfall.yaml": "" });
    const directory = join(stage.directory, "services/api");
    assert.deepEqual(
      (await resolve("HEAD", ["src"], [], directory)).sources.web?.files.map(({ path }) => path),
      ["src/x.txt"],
    );
    stage.write({ "services/api/src/y.txt": "y", "src/other.txt": "y" });
    assert.deepEqual((await resolve(undefined, ["src"], [], directory)).changed, ["src/y.txt"]);
  });

  it("knows the branches that contain it, of remotes too", async () => {
    const commit = stage.git("rev-parse", "HEAD");
    stage.git("update-ref", "refs/remotes/origin/release/1", commit);
    stage.git("switch", "--quiet", "-c", "feature");
    stage.commit({ "src/app.txt": "two" });
    assert.deepEqual((await resolve()).revision.branches, ["feature"]);
    assert.deepEqual((await resolve(commit)).revision.branches, ["feature", "main", "release/1"]);
  });

  it("never tells the credentials in a remote's address", async () => {
    stage.git("remote", "add", "origin", "https://user:token@example.invalid/app.git");
    assert.equal((await resolve()).revision.repository, "https://example.invalid/app.git");
    stage.git("remote", "set-url", "origin", "https://user:pass@word@example.invalid/app.git");
    assert.equal((await resolve()).revision.repository, "https://example.invalid/app.git");
  });

  it("does not exist for a name that is no commit, or that git would read as an option", async () => {
    for (const ref of ["nowhere", "--all", "", "HEAD:src", "main..feature"]) {
      await assert.rejects(resolve(ref), { code: "no-such-revision" }, ref);
    }
  });

  it("is nothing outside a repository", async () => {
    const outside = setStage();
    rmSync(join(outside.directory, ".git"), { recursive: true });
    await assert.rejects(resolve("HEAD", ["src"], [], outside.directory), { code: "not-a-repository" });
    outside.remove();
  });

  it("names every entry of `source` that matches nothing: a misspelt folder would not be shipped", async () => {
    const found = await resolve("HEAD", ["src", "srcs", "lib/*.py"]);
    assert.deepEqual(
      found.findings.map(({ code, message }) => [code, /`(.*?)`/.exec(message)?.[1]]),
      [
        ["empty-source", "srcs"],
        ["empty-source", "lib/*.py"],
      ],
    );
  });

  it("refuses a file name that is not UTF-8", async () => {
    const blob = stage.git("rev-parse", "HEAD:src/app.txt");
    const { execFileSync } = await import("node:child_process");
    const entry = Buffer.concat([Buffer.from(`100644 ${blob}\tsrc/caf`), Buffer.from([0xe9]), Buffer.from(".txt\0")]);
    execFileSync("git", ["update-index", "-z", "--index-info"], { cwd: stage.directory, input: entry });
    stage.git("commit", "--quiet", "-m", "odd name");
    assert.equal((await resolve("HEAD")).findings[0]?.code, "bad-file-name");
  });

  it("tells that the manifest has uncommitted changes also when a commit is named", async () => {
    assert.equal((await resolve("HEAD")).manifestChanged, false);
    stage.write({ "landfall.yaml": "changed" });
    assert.equal((await resolve("HEAD")).manifestChanged, true);
    assert.deepEqual((await resolve("HEAD")).changed, []);
  });

  it("finds an empty source and a submodule before anything is built", async () => {
    assert.equal((await resolve("HEAD", ["nothing"])).findings[0]?.code, "empty-source");
    stage.git("update-index", "--add", "--cacheinfo", `160000,${stage.git("rev-parse", "HEAD")},src/module`);
    stage.git("commit", "--quiet", "-m", "submodule");
    assert.equal((await resolve("HEAD")).findings[0]?.code, "submodule-unsupported");
  });
});
