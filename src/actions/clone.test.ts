import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type Stage, setStage } from "../../test/helpers/stage.ts";
import { checkOut, fetchClone } from "./clone.ts";
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

  it("stays as it is when the remote takes the connection and never answers", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    git("remote", "set-url", "origin", `git://127.0.0.1:${(silent.address() as AddressInfo).port}/app.git`);
    await assert.rejects(fetchClone(world, 1), { code: "remote-unreachable", refusal: "unproven" });
    silent.close();
    assert.ok(existsSync(join(directory, "landfall.yaml")));
  });
});
