import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { git } from "../io/git.ts";
import { readRef } from "./move-ref.ts";
import { openRefMover, type RefMover } from "./ref-mover.ts";

describe("moving refs through one git process", () => {
  const ref = "refs/landfall/test";
  let repository: string;
  let mover: RefMover;
  let commits: string[];
  beforeEach(async () => {
    repository = await mkdtemp(join(tmpdir(), "landfall-mover-"));
    await git(repository, ["init", "--quiet"]);
    mover = openRefMover(repository);
    commits = await Promise.all(["1", "2", "3"].map(commit));
  });
  afterEach(async () => {
    await mover.close();
    await rm(repository, { recursive: true, force: true });
  });

  async function commit(message: string): Promise<string> {
    const tree = (await git(repository, ["hash-object", "-t", "tree", "-w", "--stdin"])).trim();
    const who = ["-c", "user.name=T", "-c", "user.email=t@example.invalid"];
    return (await git(repository, [...who, "commit-tree", tree, "-m", message])).trim();
  }

  it("moves a ref from the value that was read, also one that did not exist", async () => {
    const [first = "", second = "", third = ""] = commits;
    assert.equal(await mover.move(ref, first, null), "moved");
    assert.equal(await readRef(repository, ref), first);
    assert.equal(await mover.move(ref, second, first), "moved");
    // Written after the process began.
    assert.equal(await mover.move(ref, await commit("new"), second), "moved");
    assert.equal(await mover.move(ref, third, second), "lost");
    assert.equal(await mover.move(ref, third, null), "lost");
    const now = await readRef(repository, ref);
    assert.equal(await mover.move(ref, third, now), "moved");
    assert.equal(await readRef(repository, ref), third);
  });

  it("sees what others moved meanwhile", async () => {
    const [first = "", second = "", third = ""] = commits;
    await mover.move(ref, first, null);
    await git(repository, ["update-ref", ref, second]);
    await git(repository, ["pack-refs", "--all"]);
    assert.equal(await mover.move(ref, third, first), "lost");
    assert.equal(await mover.move(ref, third, second), "moved");
  });

  it("goes on when its process is killed", async () => {
    const [first = "", second = ""] = commits;
    await mover.move(ref, first, null);
    const { stdout } = spawnSync("pgrep", ["-P", String(process.pid), "-f", "update-ref --stdin"], {
      encoding: "utf8",
    });
    const [pid] = stdout.trim().split("\n");
    assert.match(pid ?? "", /^\d+$/);
    process.kill(Number(pid), "SIGKILL");
    assert.equal(await mover.move(ref, second, first), "moved");
    assert.equal(await readRef(repository, ref), second);
  });

  it("says with git's words what cannot be written", async () => {
    const [first = ""] = commits;
    await writeFile(join(repository, ".git/refs/landfall"), "in the way");
    await assert.rejects(mover.move(ref, first, null), { code: "ledger-write-failed" });
  });
});
