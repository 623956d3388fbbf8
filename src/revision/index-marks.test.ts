import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { makeRepository, type TestRepository } from "../../test/helpers/repository.ts";
import { surelyUnmarked } from "./index-marks.ts";

describe("marks in git's index", () => {
  let repository: TestRepository;
  const index = () => join(repository.directory, ".git/index");
  beforeEach(async () => {
    const names = Array.from({ length: 40 }, (_, length) => [`folder/${"n".repeat(length + 1)}`, `${length}`]);
    repository = await makeRepository({ ...Object.fromEntries(names), "a b": "x", "\u00e9": "x" });
  });
  afterEach(() => repository.remove());

  for (const version of ["2", "3", "4"]) {
    it(`are seen in form ${version}, wherever they stand, and none where there are none`, async () => {
      const write = async (...args: string[]) => repository.git("update-index", "--index-version", version, ...args);
      await write();
      assert.equal(await surelyUnmarked(index(), 20), true);
      for (const path of ["a b", "folder/nnn", "\u00e9"])
        for (const mark of ["assume-unchanged", "skip-worktree"]) {
          await write(`--${mark}`, path);
          assert.equal(await surelyUnmarked(index(), 20), false, `${mark} ${path}`);
          await write(`--no-${mark}`, path);
          assert.equal(await surelyUnmarked(index(), 20), true, `after ${mark} ${path}`);
        }
    });
  }

  it("are none where a path is only intended to be added, which the same flags tell", async () => {
    await repository.write({ "new.txt": "new\n" });
    await repository.git("add", "--intent-to-add", "new.txt");
    assert.equal(await surelyUnmarked(index(), 20), true);
    await repository.git("update-index", "--skip-worktree", "a b");
    assert.equal(await surelyUnmarked(index(), 20), false);
  });

  it("cannot be told of a split index, of one that is damaged, of another form, and where there is none", async () => {
    const whole = readFileSync(index());
    await repository.git("update-index", "--split-index");
    assert.equal(await surelyUnmarked(index(), 20), false);
    const folder = mkdtempSync(join(tmpdir(), "landfall-index-"));
    try {
      const other = join(folder, "index");
      assert.equal(await surelyUnmarked(other, 20), false);
      for (const damaged of [whole.subarray(0, 100), whole.subarray(0, -1), whole.subarray(8), Buffer.alloc(0)]) {
        writeFileSync(other, damaged);
        assert.equal(await surelyUnmarked(other, 20), false, `${damaged.length} bytes`);
      }
      const newer = Buffer.from(whole);
      newer.writeUInt32BE(5, 4);
      writeFileSync(other, newer);
      assert.equal(await surelyUnmarked(other, 20), false);
      writeFileSync(other, whole);
      assert.equal(await surelyUnmarked(other, 20), true);
      assert.equal(await surelyUnmarked(other, 32), false, "ids of another length");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("are seen in a repository with longer ids", async () => {
    const folder = mkdtempSync(join(tmpdir(), "landfall-index-"));
    try {
      await repository.git("init", "--quiet", "--object-format=sha256", folder);
      writeFileSync(join(folder, "file"), "x");
      await repository.git("-C", folder, "add", "file");
      assert.equal(await surelyUnmarked(join(folder, ".git/index"), 32), true);
      await repository.git("-C", folder, "update-index", "--assume-unchanged", "file");
      assert.equal(await surelyUnmarked(join(folder, ".git/index"), 32), false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
