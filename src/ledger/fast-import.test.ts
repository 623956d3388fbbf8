import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { git, startGit } from "../io/git.ts";
import { openGitReader } from "../io/git-reader.ts";
import { commitStream, openCommitWriter } from "./fast-import.ts";

describe("writing with fast-import", () => {
  let repository = "";
  before(async () => {
    repository = await mkdtemp(join(tmpdir(), "landfall-import-"));
    await git(repository, ["init", "--quiet", "--bare"]);
  });
  after(() => rm(repository, { recursive: true, force: true, maxRetries: 5 }));

  test("a commit that was answered can be read by another git process at once", async () => {
    const writer = openCommitWriter(repository, "refs/landfall/tmp/answered");
    const reader = openGitReader(repository);
    let parent: string | null = null;
    for (const text of ["one", "two", "three"]) {
      const id: string = await writer.write({ ...files(text), parent });
      const found = await reader.read(`${id}:state.json`);
      assert.equal(found?.content.toString("utf8"), text);
      parent = id;
    }
    reader.close();
    await writer.close();
    assert.equal((await git(repository, ["rev-list", "--count", parent ?? ""])).trim(), "3");
  });

  test("what git prints on its standard error is a failure, and later writes fail too", async () => {
    const writer = openCommitWriter(repository, "refs/landfall/tmp/failing");
    const write = () => writer.write({ ...files("one"), parent: "0123456789012345678901234567890123456789" });
    await assert.rejects(write(), /fatal/);
    await assert.rejects(write(), /fatal/);
    assert.throws(() => writer.check(), /fatal/);
    await writer.close();
  });

  test("a stream that is cut at any byte leaves a whole commit or none", async () => {
    const streamOf = (text: string) => {
      const { contents, commit } = commitStream("refs/landfall/tmp/cut-000", { ...files(text), parent: null });
      return Buffer.concat([contents, commit]);
    };
    const first = streamOf("one");
    const second = streamOf("two");
    const stream = Buffer.concat([first, second]);
    const cuts = Array.from({ length: stream.length + 1 }, (_, cut) => cut);
    const refOf = (cut: number) => `refs/landfall/tmp/cut-${String(cut).padStart(3, "0")}`;
    assert.ok(cuts.length < 1000);
    const feed = (cut: number) => {
      const text = stream.subarray(0, cut).toString("latin1").replaceAll("refs/landfall/tmp/cut-000", refOf(cut));
      return importing(repository, Buffer.from(text, "latin1").subarray(0, cut));
    };
    await Promise.all(
      [0, 1, 2].map(async (lane) => {
        for (const cut of cuts) if (cut % 3 === lane) await feed(cut);
      }),
    );
    const left = await Promise.all(cuts.map((cut) => whatIsAt(repository, refOf(cut))));
    assert.deepEqual([...new Set(left)], ["nothing", "one and one", "two and two"]);
    assert.ok(left.indexOf("one and one") > first.length - 20, "a commit is not made before its last byte");
    assert.ok(left.indexOf("two and two") > stream.length - 20, "a commit is not made before its last byte");
  });
});

function files(text: string): { message: string; files: { path: string; content: string }[] } {
  return {
    message: `${text}\n`,
    files: [
      { path: "state.json", content: text },
      { path: "rollouts/1.ndjson", content: text },
    ],
  };
}

/** Lets fast-import read some bytes, and then nothing more, as when the writer was killed. */
async function importing(repository: string, bytes: Buffer): Promise<void> {
  const child = startGit(repository, ["fast-import", "--done", "--force", "--quiet"]);
  child.stdout.resume();
  child.stderr.resume();
  child.stdin.on("error", () => {});
  child.stdin.end(bytes);
  await new Promise((resolve) => child.on("close", resolve));
}

/** The contents of both files of a ref's commit. */
async function whatIsAt(repository: string, ref: string): Promise<string> {
  const files = ["state.json", "rollouts/1.ndjson"].map((path) => `${ref}:${path}`);
  const reader = openGitReader(repository);
  const [commit, ...blobs] = await Promise.all([ref, ...files].map((name) => reader.read(name)));
  reader.close();
  if (!commit) return "nothing";
  return blobs.map((blob) => blob?.content.toString("utf8") ?? "nothing").join(" and ");
}
