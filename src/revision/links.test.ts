import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { makeRepository, type TestRepository } from "../../test/helpers/repository.ts";
import { readSources } from "./source.ts";

describe("a component with symbolic links", () => {
  let repository: TestRepository;
  beforeEach(async () => {
    repository = await makeRepository({
      "layers/web/app.py": "import utils\n",
      "layers/tool/tool.py": "import utils\n",
      "shared/utils.py": "one\n",
      "shared/deep/more.py": "more\n",
      "docs/a.md": "words\n",
    });
  });
  afterEach(() => repository.remove());

  const web = { source: ["layers/web"], exclude: [] as string[] };
  const read = async (paths: { source: string[]; exclude: string[] } = web, directory = repository.directory) => {
    const sources = await readSources(directory, await repository.head(), { web: paths });
    return sources.web ?? assert.fail();
  };
  const change = async (files: Parameters<TestRepository["write"]>[0], paths = web) => {
    await repository.write(files);
    await repository.commit();
    return await read(paths);
  };
  const codes = (source: Awaited<ReturnType<typeof read>>) => source.findings.map(({ code }) => code);
  const shipped = (source: Awaited<ReturnType<typeof read>>) => source.files.map(({ path, mode }) => `${mode} ${path}`);

  it("changes when a shared file that it links to changes, and so does every other that links to it", async () => {
    const tool = { source: ["layers/tool"], exclude: [] };
    const linked = await change({
      "layers/web/utils.py": { link: "../../shared/utils.py" },
      "layers/tool/utils.py": { link: "../../shared/utils.py" },
    });
    const toolLinked = await read(tool);
    assert.notEqual((await change({ "shared/utils.py": "two\n" })).digest, linked.digest);
    assert.notEqual((await read(tool)).digest, toolLinked.digest);
    assert.equal((await change({ "shared/utils.py": "one\n" })).digest, linked.digest, "a revert has the old digest");
    assert.equal((await change({ "docs/a.md": "others\n" })).digest, linked.digest);
    assert.deepEqual(linked.findings, []);
  });

  it("ships the file in place of a link that leads out of it, and is the same as one with a copy", async () => {
    const linked = await change({ "layers/web/utils.py": { link: "../../shared/utils.py" } });
    assert.deepEqual(shipped(linked), ["100644 layers/web/app.py", "100644 layers/web/utils.py"]);
    assert.deepEqual(linked.reached, ["shared/utils.py"]);
    const copied = await change({ "layers/web/utils.py": "one\n" });
    assert.equal(copied.digest, linked.digest);
  });

  it("follows links to folders and chains of links, through what they lead to", async () => {
    const linked = await change({
      "layers/web/lib": { link: "../../alias" },
      alias: { link: "shared" },
      "shared/deep/again.py": { link: "../utils.py" },
    });
    assert.deepEqual(
      shipped(linked),
      [
        "100644 layers/web/app.py",
        "100644 layers/web/lib/deep/more.py",
        "120000 layers/web/lib/deep/again.py",
        "100644 layers/web/lib/utils.py",
      ].sort((a, b) => (a.slice(7) < b.slice(7) ? -1 : 1)),
    );
    assert.notEqual((await change({ "shared/deep/more.py": "changed\n" })).digest, linked.digest);
    const before = (await read()).digest;
    const moved = await change({ alias: { link: "docs" } });
    assert.notEqual(moved.digest, before, "the link in the middle leads elsewhere");
    assert.deepEqual(moved.reached.sort(), ["alias", "docs"]);
  });

  it("keeps links that stay within it as links, with the digest that they always had", async () => {
    const inside = await change({
      "layers/web/lib/real.py": "x\n",
      "layers/web/near.py": { link: "lib/real.py" },
      "layers/web/round.py": { link: "../../layers/web/lib/real.py" },
      "layers/web/folder": { link: "lib" },
    });
    assert.deepEqual(inside.reached, []);
    const listing = await repository.git("ls-tree", "-r", "-z", "HEAD", "layers/web");
    const { createHash } = await import("node:crypto");
    const hash = createHash("sha256");
    for (const entry of listing.split("\0").filter(Boolean))
      hash.update(`${entry.replace(/ \w+ /, " ").replace("\t", " ")}\0`);
    assert.equal(inside.digest, `sha256:${hash.digest("hex")}`);
    assert.equal(inside.files.filter(({ mode }) => mode === "120000").length, 3);
  });

  it("warns of links that lead nowhere, in a circle, or to what it leaves out, and ships them as they are", async () => {
    const linked = await change(
      {
        "layers/web/gone.py": { link: "../../shared/gone.py" },
        "layers/web/a": { link: "b" },
        "layers/web/b": { link: "a" },
        "layers/web/self": { link: "self" },
        "layers/web/below-a-file": { link: "app.py/x" },
        "layers/web/left-out": { link: "../../docs/a.md" },
      },
      { ...web, exclude: ["docs"] },
    );
    assert.deepEqual(linked.findings.map(({ code, level, file }) => `${level} ${code} ${file}`).sort(), [
      "warning broken-link layers/web/a",
      "warning broken-link layers/web/b",
      "warning broken-link layers/web/below-a-file",
      "warning broken-link layers/web/gone.py",
      "warning broken-link layers/web/left-out",
      "warning broken-link layers/web/self",
    ]);
    assert.equal(linked.files.filter(({ mode }) => mode === "120000").length, 6);
    const found = await change({ "shared/gone.py": "there\n" }, { ...web, exclude: ["docs"] });
    assert.notEqual(found.digest, linked.digest, "what a broken link leads to has come");
  });

  it("is refused for a link out of the repository, absolute or not", async () => {
    const linked = await change({
      "layers/web/passwd": { link: "/etc/passwd" },
      "layers/web/up": { link: "../../../up" },
    });
    assert.deepEqual(codes(linked), ["path-escapes", "path-escapes"]);
    assert.ok(linked.findings.every(({ level }) => level === "block"));
  });

  it("is refused for a link to a folder around it: laid out, there is no end", async () => {
    assert.deepEqual(codes(await change({ "layers/web/all": { link: "../.." } })), ["endless-link"]);
    const whole = await read({ source: ["."], exclude: [] });
    assert.deepEqual(whole.findings, [], "within a component of the whole repository it is a link like others");
    assert.deepEqual(
      codes(
        await change({
          "layers/web/all": null,
          "layers/web/s": { link: "../../shared" },
          "shared/back": { link: "../layers" },
        }),
      ),
      ["endless-link"],
    );
  });

  it("leaves out of a linked folder what its exclude names, by either path", async () => {
    const paths = { ...web, exclude: ["shared/deep", "layers/web/lib/*.txt"] };
    const linked = await change({ "layers/web/lib": { link: "../../shared" }, "shared/note.txt": "x" }, paths);
    assert.deepEqual(shipped(linked), ["100644 layers/web/app.py", "100644 layers/web/lib/utils.py"]);
  });

  it("takes a file beside the manifest's folder that it links to", async () => {
    await repository.write({
      "services/api/landfall.yaml": "",
      "services/api/src/x.py": "x",
      "services/api/src/utils.py": { link: "../../../shared/utils.py" },
    });
    await repository.commit();
    const directory = `${repository.directory}/services/api`;
    const before = await read({ source: ["src"], exclude: [] }, directory);
    assert.deepEqual(shipped(before), ["100644 src/utils.py", "100644 src/x.py"]);
    assert.deepEqual(before.reached, ["../../shared/utils.py"]);
    await change({ "shared/utils.py": "two\n" });
    assert.notEqual((await read({ source: ["src"], exclude: [] }, directory)).digest, before.digest);
  });

  it("is the same when its source names the link's target too: then both are its own", async () => {
    await change({ "layers/web/utils.py": { link: "../../shared/utils.py" } });
    const both = await read({ source: ["layers/web", "shared"], exclude: [] });
    assert.ok(shipped(both).includes("120000 layers/web/utils.py"));
    assert.deepEqual(both.reached, []);
  });
});
