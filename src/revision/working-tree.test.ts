import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { chmod, readFile, utimes } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { makeRepository, repositoryAt, type TestRepository } from "../../test/helpers/repository.ts";
import { buildArtifact } from "../build/artifact.ts";
import { resolveRevision } from "./resolve.ts";

describe("a component in a working tree", () => {
  let repository: TestRepository;
  const repositories: TestRepository[] = [];
  beforeEach(async () => {
    repository = await makeRepository({
      "landfall.yaml": "application: app\n",
      "src/app.py": "one\n",
      "src/other.py": "other\n",
      "docs/a.md": "words\n",
    });
    repositories.push(repository);
  });
  afterEach(async () => {
    for (const each of repositories.splice(0)) await each.remove();
  });

  const resolve = (more: { directory?: string; ref?: string; buildInputs?: string; source?: string[] } = {}) =>
    resolveRevision({
      directory: more.directory ?? repository.directory,
      manifestPath: "landfall.yaml",
      ref: more.ref,
      components: { web: { source: more.source ?? ["src"], exclude: [], buildInputs: more.buildInputs } },
    });
  const clone = async (...options: string[]) => {
    const copy = await makeRepository();
    repositories.push(copy);
    rmSync(copy.directory, { recursive: true });
    await repository.git("clone", "--quiet", ...options, `file://${repository.directory}`, copy.directory);
    return repositoryAt(copy.directory);
  };

  it("is refused when git was told not to look at a file's edits, with the command that undoes it", async () => {
    await repository.git("update-index", "--assume-unchanged", "src/app.py");
    await repository.write({ "src/app.py": "edited\n" });
    assert.equal(await repository.git("status", "--porcelain"), "", "git itself says nothing");
    const { findings } = await resolve();
    assert.deepEqual(
      findings.map(({ code, level, file }) => [code, level, file]),
      [["hidden-edits", "block", "src/app.py"]],
    );
    const command = "git update-index --no-assume-unchanged -- 'src/app.py'";
    assert.ok(findings[0]?.fix?.startsWith(command), findings[0]?.fix);
    await repository.git("update-index", "--no-assume-unchanged", "--", "src/app.py");
    const after = await resolve();
    assert.deepEqual([after.findings, after.changed], [[], ["src/app.py"]]);
  });

  it("is refused for skip-worktree too, and for the manifest, and not for files of nobody", async () => {
    await repository.git("update-index", "--skip-worktree", "src/app.py", "landfall.yaml");
    await repository.git("update-index", "--assume-unchanged", "docs/a.md");
    const { findings } = await resolve();
    assert.deepEqual(
      findings.map(({ code, fix }) => [code, /--no-[a-z-]+/.exec(fix ?? "")?.[0]]),
      [["hidden-edits", "--no-skip-worktree"]],
    );
    assert.match(findings[0]?.message ?? "", /landfall\.yaml, src\/app\.py/);
  });

  it("is not refused for it when a commit is named; the manifest is, because it is used as it lies there", async () => {
    await repository.git("update-index", "--assume-unchanged", "src/app.py");
    assert.deepEqual((await resolve({ ref: "HEAD" })).findings, []);
    await repository.git("update-index", "--assume-unchanged", "landfall.yaml");
    assert.equal((await resolve({ ref: "HEAD" })).findings[0]?.code, "hidden-edits");
  });

  it("has the same digest in a sparse, a shallow and a partial clone, and is not refused for what is sparse", async () => {
    const { revision } = await resolve();
    await repository.git("config", "uploadpack.allowFilter", "true");
    const sparse = await clone("--sparse");
    await sparse.git("sparse-checkout", "set", "docs");
    const partial = await clone("--filter=blob:none", "--no-checkout");
    await partial.git("read-tree", "HEAD");
    for (const { directory } of [sparse, await clone("--depth=1")]) {
      const found = await resolve({ directory });
      assert.deepEqual([found.revision.components, found.findings, found.changed], [revision.components, [], []]);
    }
    assert.deepEqual(
      (await resolve({ directory: partial.directory, ref: "HEAD" })).revision.components,
      revision.components,
    );
  });

  it("is refused in a partial clone that cannot get what is needed: a link's text", async () => {
    await repository.write({ "src/link.py": { link: "../docs/a.md" } });
    await repository.commit();
    await repository.git("config", "uploadpack.allowFilter", "true");
    const partial = await clone("--filter=blob:none", "--no-checkout");
    assert.equal(
      (await resolve({ directory: partial.directory, ref: "HEAD" })).sources.web?.files.length,
      3,
      "it is fetched",
    );
    const cutOff = await clone("--filter=blob:none", "--no-checkout");
    await cutOff.git("remote", "set-url", "origin", `file://${repository.directory}-gone`);
    await assert.rejects(resolve({ directory: cutOff.directory, ref: "HEAD" }), { code: "object-missing" });
  });

  it("is shipped from a partial clone with contents that are fetched, and never without one that cannot be", async () => {
    await repository.git("config", "uploadpack.allowFilter", "true");
    const partial = await clone("--filter=blob:none", "--no-checkout");
    const cutOff = await clone("--filter=blob:none", "--no-checkout");
    await cutOff.git("remote", "set-url", "origin", `file://${repository.directory}-gone`);
    const ship = async ({ directory }: TestRepository) => {
      const { revision, sources } = await resolve({ directory, ref: "HEAD" });
      const source = revision.components.web ?? "";
      const files = sources.web?.files ?? [];
      return await buildArtifact(directory, { component: "web", commit: revision.commit, source, files });
    };
    assert.deepEqual(
      (await ship(partial)).files.map(({ bytes }) => bytes),
      [4, 6],
    );
    await assert.rejects(ship(cutOff), { code: "object-missing" });
  });

  it("is as committed when only line ends and filters make the difference, and changed when the content is", async () => {
    await repository.write({ ".gitattributes": "*.py text eol=crlf\n*.up filter=upper\n", "src/word.up": "word\n" });
    await repository.git("config", "filter.upper.clean", "tr A-Z a-z");
    await repository.git("config", "filter.upper.smudge", "tr a-z A-Z");
    await repository.commit();
    const { revision } = await resolve();
    await repository.write({ "src/app.py": null, "src/word.up": null });
    await repository.git("checkout", "--quiet", "--", "src");
    assert.equal(await readFile(join(repository.directory, "src/app.py"), "utf8"), "one\r\n");
    assert.equal(await readFile(join(repository.directory, "src/word.up"), "utf8"), "WORD\n");
    for (const file of ["src/app.py", "src/word.up"]) await utimes(join(repository.directory, file), 0, 0);
    const touched = await resolve();
    assert.deepEqual([touched.changed, touched.revision.components], [[], revision.components]);
    await repository.write({ "src/word.up": "OTHER\n" });
    assert.deepEqual((await resolve()).changed, ["src/word.up"]);
  });

  it("changes with the file that an LFS pointer stands for", async () => {
    const pointer = (id: string) => `version https://git-lfs.github.com/spec/v1\noid sha256:${id.repeat(64)}\nsize 9\n`;
    await repository.write({ "src/model.bin": pointer("a") });
    await repository.commit();
    const before = (await resolve()).revision.components;
    await repository.write({ "src/model.bin": pointer("b") });
    await repository.commit();
    assert.notDeepEqual((await resolve()).revision.components, before);
  });

  it("changes with a file's mode, whatever the clone makes of modes", async () => {
    const before = (await resolve()).revision.components;
    await chmod(join(repository.directory, "src/app.py"), 0o755);
    assert.deepEqual((await resolve()).changed, ["src/app.py"]);
    await repository.commit();
    const after = (await resolve()).revision.components;
    assert.notDeepEqual(after, before);
    await repository.git("config", "core.fileMode", "false");
    assert.deepEqual((await resolve()).revision.components, after);
  });

  it("tells of ignored files under its source: a build has none of them, and a cache is not worth a word", async () => {
    await repository.write({ ".gitignore": "*.so\nvendor/\n__pycache__/\n/docs/x\n" });
    await repository.commit();
    await repository.write({
      "src/fast.so": "x",
      "src/vendor/a/b.py": "x",
      "src/__pycache__/a.pyc": "x",
      "docs/x": "x",
    });
    const built = await resolve({ buildInputs: "make" });
    assert.deepEqual(
      built.findings.map(({ code, level, component }) => [code, level, component]),
      [["ignored-files", "warning", "web"]],
    );
    assert.match(
      built.findings[0]?.message ?? "",
      /clean copy of the commit, without .*: src\/fast\.so, src\/vendor\/$/,
    );
    assert.deepEqual(
      (await resolve()).findings.map(({ level }) => level),
      ["note"],
    );
    assert.deepEqual((await resolve({ ref: "HEAD" })).findings, []);
  });

  it("is changed by an edit of what it links to, wherever that lies", async () => {
    await repository.write({
      "src/shared.md": { link: "../docs/a.md" },
      "app/landfall.yaml": "",
      "app/link": { link: "../docs" },
    });
    await repository.commit();
    await repository.write({ "docs/a.md": "edited\n" });
    assert.deepEqual((await resolve()).changedIn, { web: ["docs/a.md"] });
    const below = await resolve({ directory: join(repository.directory, "app"), source: ["."] });
    assert.deepEqual(below.changed, ["../docs/a.md"]);
  });

  it("says which component each change belongs to", async () => {
    await repository.write({
      "src/app.py": "edited\n",
      "src/deep/new.py": "x",
      "docs/a.md": "edited\n",
      "src.py": "x",
    });
    const components = Object.fromEntries(
      [
        ["web", ["src"]],
        ["deep", ["src/deep/", "src/*.py"]],
        ["all", ["."]],
        ["none", ["srcs"]],
      ].map(([name, source]) => [name, { source: source as string[], exclude: name === "all" ? ["docs"] : [] }]),
    );
    const { changedIn } = await resolveRevision({
      directory: repository.directory,
      manifestPath: "landfall.yaml",
      components,
    });
    assert.deepEqual(changedIn, {
      web: ["src/app.py", "src/deep/new.py"],
      all: ["src/app.py", "src.py", "src/deep/new.py"],
      deep: ["src/app.py", "src/deep/new.py"],
    });
  });

  it("has another digest when what shapes its build changes, and the same when nothing is built", async () => {
    const plain = (await resolve()).revision.components.web;
    const made = (await resolve({ buildInputs: "make" })).revision.components.web;
    assert.notEqual(made, plain);
    assert.notEqual((await resolve({ buildInputs: "make all" })).revision.components.web, made);
    assert.equal((await resolve({ buildInputs: "make" })).revision.components.web, made);
  });
});
