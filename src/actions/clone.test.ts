import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type Stage, setStage } from "../../test/helpers/stage.ts";
import { storingGits } from "../../test/helpers/synced.ts";
import { checkOut, fetchClone, refuseInUse } from "./clone.ts";
import type { World } from "./world.ts";

describe("the agent's clone", () => {
  let stage: Stage;
  let directory: string;
  let world: World;
  beforeEach(() => {
    stage = setStage();
    directory = mkdtempSync(join(tmpdir(), "landfall-clone-"));
    git("clone", "--quiet", stage.directory, ".");
    world = { ...stage.world, directory };
  });
  afterEach(() => {
    stage.remove();
    rmSync(directory, { recursive: true, force: true });
  });
  const git = (...args: string[]) => execFileSync("git", args, { cwd: directory, encoding: "utf8" });
  const text = () => readFileSync(join(directory, "src/app.txt"), "utf8");

  it("becomes that of a commit, whatever was done in it by hand", async () => {
    const commit = stage.commit({ "src/app.txt": "two" });
    writeFileSync(join(directory, "src/app.txt"), "by hand");
    await fetchClone(world);
    await checkOut(commit, world);
    assert.equal(text(), "two");
  });

  it("that is none is told as such, and as no mistake of ours", async () => {
    rmSync(join(directory, ".git"), { recursive: true });
    await assert.rejects(refuseInUse(world), { name: "UserError", code: "not-a-repository" });
  });

  it("has a proven commit also when its branch is gone", async () => {
    stage.git("switch", "--quiet", "-c", "gone");
    const commit = stage.commit({ "src/app.txt": "kept" });
    stage.git("update-ref", `refs/landfall/keep/${commit}`, commit);
    stage.git("switch", "--quiet", "main");
    stage.git("branch", "-D", "gone");
    await fetchClone(world);
    await checkOut(commit, world);
    assert.equal(text(), "kept");
  });

  it("that cannot be made the revision's is a refusal with git's words, and no mistake of ours", async () => {
    const commit = stage.commit({ "src/app.txt": "two" });
    await fetchClone(world);
    const lock = join(directory, ".git/index.lock");
    writeFileSync(lock, "");
    const refusal = { name: "UserError", code: "agent-failed", refusal: "unproven", message: /index\.lock/ };
    await assert.rejects(checkOut(commit, world), refusal);
    utimesSync(lock, 0, 0);
    await assert.rejects(checkOut(commit, world), refusal, "of a clone of somebody else's nothing is removed");
    git("config", "landfall.agent", "true");
    await checkOut(commit, world);
    assert.equal(text(), "two", "a lock from before this boot is nobody's");
    writeFileSync(lock, "");
    await assert.rejects(checkOut(commit, world), refusal, "one of this boot may be somebody's");
  });

  it("of the agent's own is not asked whether somebody works in it, which a torn index would not answer", async () => {
    writeFileSync(join(directory, ".git/index"), "torn");
    git("config", "landfall.agent", "true");
    await refuseInUse(world);
  });

  it("has what it fetched on the disk before a branch leads to it", async () => {
    stage.commit({ "src/app.txt": "two" });
    const gits = await storingGits(join(directory, ".git"), () => fetchClone(world));
    assert.deepEqual(
      gits.filter(({ flushes }) => flushes === 0),
      [],
    );
  });

  it("stays as it is when the remote takes the connection and never answers", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    git("remote", "set-url", "origin", `git://127.0.0.1:${(silent.address() as AddressInfo).port}/app.git`);
    await assert.rejects(fetchClone(world, 1), { code: "remote-unreachable", refusal: "unproven" });
    silent.close();
    assert.ok(existsSync(join(directory, "landfall.yaml")));
  });
});
