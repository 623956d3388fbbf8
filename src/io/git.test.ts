import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { GitError, git, gitBytes, gitEnvironment } from "./git.ts";
import { openGitReader, parseTree } from "./git-reader.ts";

describe("git's door", () => {
  let repository = "";
  before(async () => {
    repository = await mkdtemp(join(tmpdir(), "landfall-door-"));
    await git(repository, ["init", "--quiet"]);
  });
  after(() => rm(repository, { recursive: true, force: true, maxRetries: 5 }));
  const store = async (content: string | Buffer) =>
    (await git(repository, ["hash-object", "-w", "--stdin"], { input: content })).trim();

  test("an error carries git's own message and status, unless the status is an answer", async () => {
    const args = ["rev-parse", "--verify", "nothing"];
    await assert.rejects(
      git(repository, args),
      (error) => error instanceof GitError && error.status === 128 && /single revision/.test(error.message),
    );
    assert.equal(await git(repository, args, { allowStatus: [128] }), "");
  });

  test("a folder that is not there is an error that names the command", async () => {
    await assert.rejects(git(join(repository, "nowhere"), ["status"]), /git status could not be started/);
  });

  test("a cancelled command is an error", async () => {
    await assert.rejects(git(repository, ["version"], { signal: AbortSignal.abort() }), /cancelled/);
  });

  test("bytes come back as they went in", async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256));
    assert.deepEqual(await gitBytes(repository, ["cat-file", "blob", await store(bytes)]), bytes);
  });

  test("variables that point elsewhere are taken out, settings given on purpose stay", () => {
    const env = gitEnvironment({
      GIT_DIR: "/x",
      GIT_CONFIG: "/x",
      GIT_TRACE_PACKET: "1",
      GIT_SSH_COMMAND: "ssh -v",
      GIT_CONFIG_COUNT: "0",
    });
    assert.equal(env.GIT_DIR ?? env.GIT_CONFIG ?? env.GIT_TRACE_PACKET, undefined);
    assert.equal(env.GIT_SSH_COMMAND, "ssh -v");
    assert.equal(env.GIT_CONFIG_COUNT, "0");
  });

  test("the reader answers in order, whatever the contents are, and says when there is none", async () => {
    const reader = openGitReader(repository);
    const contents = fc.array(
      fc.oneof(fc.string(), fc.constant("\n"), fc.constant("x missing\n"), fc.constant("a".repeat(40))),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(contents, async (texts) => {
        const ids = await Promise.all(texts.map(store));
        const names = ids.flatMap((id) => [id, "no such thing"]);
        const found = await Promise.all(names.map((name) => reader.read(name)));
        assert.deepEqual(
          found.map((object) => object?.content.toString("utf8") ?? null),
          texts.flatMap((text) => [Buffer.from(text).toString("utf8"), null]),
        );
      }),
      { numRuns: 15 },
    );
    await assert.rejects(reader.read("a\nb"));
    reader.close();
  });

  test("a question after the reader's end is an error, not a wait", async () => {
    const reader = openGitReader(join(repository, "nowhere"));
    await assert.rejects(reader.read("HEAD"));
    await assert.rejects(reader.read("HEAD"));
  });

  test("the entries of a tree are read as git lists them", async () => {
    const blob = await store("one");
    const folder = (await git(repository, ["mktree"], { input: `100644 blob ${blob}\tü x\n` })).trim();
    const id = (
      await git(repository, ["mktree"], { input: `040000 tree ${folder}\ta\n100755 blob ${blob}\tb\n` })
    ).trim();
    const reader = openGitReader(repository);
    const tree = await reader.read(id);
    reader.close();
    assert.ok(tree);
    assert.deepEqual(parseTree(tree), [
      { name: "a", id: folder, folder: true },
      { name: "b", id: blob, folder: false },
    ]);
  });
});
