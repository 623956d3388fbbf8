import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { git } from "../io/git.ts";
import { readThroughRef } from "./move-ref.ts";

const ref = "refs/landfall/test";

describe("what a ref leads to", () => {
  let repository = "";
  let commit = "";
  before(async () => {
    repository = await mkdtemp(join(tmpdir(), "landfall-ref-"));
    await git(repository, ["init", "--quiet"]);
    const tree = (await git(repository, ["hash-object", "-t", "tree", "-w", "--stdin"])).trim();
    const who = ["-c", "user.name=Ana", "-c", "user.email=ana@example.invalid"];
    commit = (await git(repository, [...who, "commit-tree", tree, "-m", "first"])).trim();
  });
  after(() => rm(repository, { recursive: true, force: true, maxRetries: 5 }));

  const through = (read: (name: string) => string | null) =>
    readThroughRef(
      async (name) => read(name),
      repository,
      ref,
      () => new Error("gone"),
    );

  it("is nothing where there is no ref", async () => {
    assert.equal(await through(() => null), null);
  });

  it("is found when another process makes the ref just after git's reader looked", async () => {
    const asked: string[] = [];
    const late = async (name: string) => {
      asked.push(name);
      if (name !== ref) return name;
      await git(repository, ["update-ref", ref, commit]);
      return null;
    };
    assert.equal(await readThroughRef(late, repository, ref, () => new Error("gone")), commit);
    assert.deepEqual(asked, [ref, commit]);
  });

  it("is an error when the ref is there and its commit is not", async () => {
    await assert.rejects(
      through(() => null),
      /gone/,
    );
  });
});
