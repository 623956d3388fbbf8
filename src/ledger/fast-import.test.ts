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
    const writer = openCommitWriter(repository);
    const reader = openGitReader(repository);
    let parent: string | null = null;
    for (const text of ["one", "two", "three"]) {
      const id: string = await writer.write({ ...files(text), parent });
      const found = await reader.read(`${id}:state.json`);
      assert.equal(found?.content.toString("utf8"), text);
      parent = id;
      // A ref of its own would stay when the writer is killed, and whoever sweeps it meets the refs of the living.
      assert.equal(await git(repository, ["for-each-ref"]), "");
    }
    reader.close();
    await writer.close();
    assert.equal((await git(repository, ["rev-list", "--count", parent ?? ""])).trim(), "3");
  });

  test("what git prints on its standard error is a failure, and later writes fail too", async () => {
    const writer = openCommitWriter(repository);
    const write = () => writer.write({ ...files("one"), parent: "0123456789012345678901234567890123456789" });
    await assert.rejects(write(), /fatal/);
    await assert.rejects(write(), /fatal/);
    assert.throws(() => writer.check(), /fatal/);
    await writer.close();
  });

  test("a stream that is cut at any byte names whole commits or none, and moves no ref", async () => {
    const streamOf = (text: string) => {
      const { contents, commit } = commitStream({ ...files(text), parent: null });
      return Buffer.concat([contents, commit]);
    };
    const first = streamOf("one");
    const second = streamOf("two");
    const stream = Buffer.concat([first, second]);
    const cuts = Array.from({ length: stream.length + 1 }, (_, cut) => cut);
    assert.ok(cuts.length < 1000);
    const left: string[] = [];
    await Promise.all(
      [0, 1, 2].map(async (lane) => {
        for (const cut of cuts.filter((cut) => cut % 3 === lane)) {
          const named = await importing(repository, stream.subarray(0, cut));
          left[cut] = (await Promise.all(named.map((id) => whatIsAt(repository, id)))).join(", ") || "nothing";
        }
      }),
    );
    assert.deepEqual([...new Set(left)], ["nothing", "one and one", "one and one, two and two"]);
    assert.ok(left.indexOf("one and one") > first.length - 20, "a commit is not named before its last byte");
    assert.equal(left.indexOf("one and one, two and two"), stream.length - 1, "its line's end may be missing");
    assert.equal(await git(repository, ["for-each-ref"]), "");
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

/** Lets fast-import read some bytes, and then nothing more, as when the writer was killed. Gives the ids that it answered. */
async function importing(repository: string, bytes: Buffer): Promise<string[]> {
  const child = startGit(repository, ["fast-import", "--done", "--force", "--quiet"]);
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString("latin1");
  });
  child.stderr.resume();
  child.stdin.on("error", () => {});
  child.stdin.end(bytes);
  await new Promise((resolve) => child.on("close", resolve));
  return said.split("\n").filter(Boolean);
}

/** The contents of both files of a commit. */
async function whatIsAt(repository: string, id: string): Promise<string> {
  const reader = openGitReader(repository);
  const paths = ["state.json", "rollouts/1.ndjson"];
  const blobs = await Promise.all(paths.map((path) => reader.read(`${id}:${path}`)));
  reader.close();
  return blobs.map((blob) => blob?.content.toString("utf8") ?? "nothing").join(" and ");
}
