import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { makeRepository, repositoryAt, type TestRepository } from "../../test/helpers/repository.ts";
import { buildArtifact } from "../build/artifact.ts";
import { resolveRevision } from "./resolve.ts";

describe("a component with a submodule", () => {
  let application: TestRepository;
  let library: TestRepository;
  let inner: TestRepository;
  const repositories: TestRepository[] = [];
  beforeEach(async () => {
    inner = await makeRepository({ "inner.py": "inner\n" });
    library = await makeRepository({ "lib.py": "one\n", "near.py": { link: "lib.py" } });
    await addSubmodule(library, inner.directory, "deep/inner");
    application = await makeRepository({ "src/app.py": "import lib\n", "landfall.yaml": "" });
    await addSubmodule(application, library.directory, "src/vendor/lib");
    await application.git(
      "-c",
      "protocol.file.allow=always",
      "submodule",
      "update",
      "--init",
      "--recursive",
      "--quiet",
    );
    repositories.push(application, library, inner);
  });
  afterEach(async () => {
    for (const repository of repositories.splice(0)) await repository.remove();
  });

  const addSubmodule = async (to: TestRepository, from: string, path: string) => {
    await to.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", from, path);
    await to.commit("submodule");
  };
  const resolve = (directory = application.directory, ref?: string, source = ["src"], exclude: string[] = []) =>
    resolveRevision({ directory, manifestPath: "landfall.yaml", ref, components: { web: { source, exclude } } });
  const clone = async (...options: string[]) => {
    const copy = await makeRepository();
    repositories.push(copy);
    rmSync(copy.directory, { recursive: true });
    await application.git(
      "-c",
      "protocol.file.allow=always",
      "clone",
      "--quiet",
      ...options,
      application.directory,
      copy.directory,
    );
    return repositoryAt(copy.directory);
  };

  it("that is not fetched is refused, with the command that gets it; the digest is the same all the same", async () => {
    const copy = await clone();
    const found = await resolve(copy.directory);
    const [finding] = found.findings;
    assert.equal(finding?.code, "submodule-missing");
    assert.equal(finding?.fix, "git submodule update --init --recursive -- 'src/vendor/lib'");
    assert.equal(found.revision.components.web, (await resolve()).revision.components.web);
    await copy.git(
      "-c",
      "protocol.file.allow=always",
      "submodule",
      "update",
      "--init",
      "--quiet",
      "--",
      "src/vendor/lib",
    );
    const half = await resolve(copy.directory);
    assert.deepEqual(
      half.findings.map(({ code, file }) => [code, file]),
      [["submodule-missing", "src/vendor/lib/deep/inner"]],
      "nor is one within it",
    );
  });

  it("ships its files and those of submodules in it, from the commits that are recorded", async () => {
    const { sources, findings, revision } = await resolve();
    assert.deepEqual(findings, []);
    await library.write({ "lib.py": "newer, and not recorded\n" });
    await library.commit();
    const artifact = await buildArtifact(application.directory, {
      component: "web",
      commit: revision.commit,
      source: revision.components.web ?? "",
      files: sources.web?.files ?? [],
    });
    assert.deepEqual(
      artifact.files
        .map(({ path, mode, bytes }) => [path, mode, bytes])
        .filter(([path]) => !`${path}`.endsWith(".gitmodules")),
      [
        ["src/app.py", "100644", 11],
        ["src/vendor/lib/deep/inner/inner.py", "100644", 6],
        ["src/vendor/lib/lib.py", "100644", 4],
        ["src/vendor/lib/near.py", "120000", 6],
      ],
    );
  });

  it("changes with the commit that is recorded, and not with what is checked out", async () => {
    const before = (await resolve()).revision.components.web;
    const checkedOut = repositoryAt(join(application.directory, "src/vendor/lib"));
    await checkedOut.write({ "lib.py": "two\n" });
    const edited = await resolve();
    assert.deepEqual(edited.changed, ["src/vendor/lib"]);
    assert.equal(edited.revision.components.web, before);
    await checkedOut.commit();
    assert.deepEqual((await resolve()).changed, ["src/vendor/lib"]);
    await application.commit();
    assert.notEqual((await resolve()).revision.components.web, before);
    assert.deepEqual((await resolve()).changed, []);
  });

  it("shows its edits even when a setting tells git to ignore them", async () => {
    await application.git("config", "submodule.src/vendor/lib.ignore", "all");
    await application.git("config", "diff.ignoreSubmodules", "all");
    await repositoryAt(join(application.directory, "src/vendor/lib")).write({ "lib.py": "edited\n" });
    assert.deepEqual((await resolve()).changed, ["src/vendor/lib"]);
  });

  it("is found where git keeps it when it is not checked out", async () => {
    await application.git("submodule", "--quiet", "deinit", "--force", "src/vendor/lib");
    assert.equal((await resolve(application.directory, "HEAD")).findings[0]?.file, "src/vendor/lib/deep/inner");
    const { findings, sources } = await resolve(application.directory, "HEAD", ["src"], ["src/vendor/lib/deep"]);
    assert.deepEqual(findings, [], "one that is left out is not needed");
    assert.ok(sources.web?.files.some(({ path }) => path === "src/vendor/lib/lib.py"));
  });

  it("is found from another working tree of the repository", async () => {
    const other = `${application.directory}-other`;
    await application.git("worktree", "add", "--quiet", "--detach", other);
    try {
      assert.deepEqual((await resolve(other)).findings, []);
    } finally {
      rmSync(other, { recursive: true });
    }
  });

  it("may be linked into a component, and is then counted by its commit", async () => {
    await application.write({
      "fn/lib": { link: "../src/vendor/lib" },
      "fn/one.py": { link: "../src/vendor/lib/lib.py" },
    });
    await application.commit();
    const before = await resolve(application.directory, undefined, ["fn"]);
    assert.deepEqual(before.findings, []);
    assert.deepEqual(
      before.sources.web?.files
        .map(({ path, mode }) => `${mode} ${path}`)
        .filter((file) => !file.endsWith(".gitmodules")),
      ["100644 fn/lib/deep/inner/inner.py", "100644 fn/lib/lib.py", "120000 fn/lib/near.py", "100644 fn/one.py"],
    );
    const copy = await clone();
    assert.equal(
      (await resolve(copy.directory, undefined, ["fn"])).revision.components.web,
      before.revision.components.web,
    );
    const checkedOut = repositoryAt(join(application.directory, "src/vendor/lib"));
    await checkedOut.write({ "lib.py": "two\n" });
    await checkedOut.commit();
    assert.deepEqual((await resolve(application.directory, undefined, ["fn"])).changed, ["src/vendor/lib"]);
    await application.commit();
    assert.notEqual(
      (await resolve(application.directory, undefined, ["fn"])).revision.components.web,
      before.revision.components.web,
    );
  });

  it("is refused for a link that leads out of the submodule", async () => {
    const checkedOut = repositoryAt(join(application.directory, "src/vendor/lib"));
    await checkedOut.write({ "out.py": { link: "../../app.py" } });
    await checkedOut.commit();
    await application.commit();
    const found = (await resolve()).findings;
    assert.deepEqual(
      found.map(({ code, file }) => [code, file]),
      [["path-escapes", "src/vendor/lib/out.py"]],
    );
  });

  it("that a link leads into, to a path that it does not have, is told as a broken link", async () => {
    await application.write({
      "fn/gone.py": { link: "../src/vendor/lib/gone.py" },
      "fn/up.py": { link: "../src/vendor/lib/../../app.py" },
    });
    await application.commit();
    const { findings, sources } = await resolve(application.directory, "HEAD", ["fn"]);
    assert.deepEqual(
      findings.map(({ code, level, file }) => [code, level, file]),
      [
        ["broken-link", "warning", "fn/gone.py"],
        ["broken-link", "warning", "fn/up.py"],
      ],
    );
    assert.deepEqual(
      sources.web?.files.map(({ mode }) => mode),
      ["120000", "120000"],
    );
  });

  it("is told of when a pattern would reach into it: a commit lists none of its files", async () => {
    const { findings } = await resolve(application.directory, "HEAD", ["src/**/*.py"]);
    assert.deepEqual(
      findings.map(({ code, level, file }) => [code, level, file]),
      [["submodule-unsupported", "warning", "src/vendor/lib"]],
    );
    assert.deepEqual((await resolve(application.directory, "HEAD", ["src/*.py"])).findings, []);
    assert.deepEqual((await resolve(application.directory, "HEAD", ["src/**/*.py"], ["src/vendor"])).findings, []);
  });
});
