import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { makeRepository, type TestRepository } from "../../test/helpers/repository.ts";
import type { Proven } from "../model/state.ts";
import { changesSinceProven } from "./changes.ts";
import type { SourcePaths } from "./cover.ts";
import { readSources } from "./source.ts";

describe("what changed since a component was proven", () => {
  let repository: TestRepository;
  beforeEach(async () => {
    repository = await makeRepository({ "web/a.py": "one\n", "web/b.sh": "one\n", "shared/u.py": "one\n" });
  });
  afterEach(() => repository.remove());

  const built: SourcePaths = { source: ["web"], exclude: [], buildInputs: "make" };
  const sourceAt = async (commit: string, paths = built) => {
    const { web } = await readSources(repository.directory, commit, { web: paths });
    return web ?? assert.fail();
  };
  /** As the ledger holds it, at what is checked out now. */
  const prove = async (paths = built): Promise<Proven> => {
    const commit = await repository.head();
    const { digest } = await sourceAt(commit, paths);
    const more = { repository: repository.directory, rollout: "R", at: "2026-11-20T10:00:00.000Z" };
    return { commit, intended: commit, digest, ...more };
  };
  const since = async (proven: Proven | undefined, paths = built) => {
    const sources = { web: await sourceAt(await repository.head(), paths) };
    const [change] = await changesSinceProven([{ component: "web", target: "t", proven }], {
      sources,
      paths: { web: paths },
    });
    return change ?? assert.fail();
  };

  it("is how it is built, when only that changed", async () => {
    const proven = await prove();
    const change = await since(proven, { ...built, buildInputs: "make all" });
    assert.deepEqual([change.state, change.settings, change.total, change.paths], ["changed", true, 0, []]);
    assert.match(
      change.reason,
      /^what the manifest takes for its source, or how it is built, changed since [0-9a-f]{7}, proven 2026-11-20$/,
    );
  });

  it("is not how it is built, when only files changed, and both when both did", async () => {
    const proven = await prove();
    await repository.write({ "web/a.py": "two\n" });
    await repository.commit();
    const files = await since(proven);
    assert.deepEqual([files.settings, files.total], [false, 1]);
    assert.match(files.reason, /^web\/a\.py changed since /);
    const both = await since(proven, { ...built, buildInputs: "make all" });
    assert.deepEqual([both.settings, both.total], [true, 1]);
    assert.match(both.reason, /^web\/a\.py changed, and what the manifest takes .* changed since /);
  });

  it("has a reason of its own for each target, by what was proven there", async () => {
    const first = await prove();
    await repository.write({ "web/a.py": "two\n" });
    await repository.commit();
    const second = await prove();
    await repository.write({ "web/b.sh": { executable: "one\n" }, "web/u.py": { link: "../shared/u.py" } });
    await repository.commit();
    const sources = { web: await sourceAt(await repository.head()) };
    const places = [first, second, await prove(), undefined].map((proven, index) => {
      return { component: "web", target: `t${index + 1}`, proven };
    });
    const changes = await changesSinceProven(places, { sources, paths: { web: built } });
    assert.deepEqual(
      changes.map(({ target, state, reason }) => `${target} ${state} ${reason.replace(/[0-9a-f]{7},/, "X,")}`),
      [
        "t1 changed web/a.py, web/b.sh (mode), web/u.py (new, a link to shared/u.py) changed since X, proven 2026-11-20",
        "t2 changed web/b.sh (mode), web/u.py (new, a link to shared/u.py) changed since X, proven 2026-11-20",
        "t3 same nothing under web changed since X, proven 2026-11-20",
        "t4 never never proven here",
      ],
    );
  });

  it("is told by digests alone when the commit is not here, as in a shallow clone", async () => {
    const change = await since({ ...(await prove()), intended: "a".repeat(40), digest: "sha256:other" });
    assert.deepEqual([change.state, change.paths, change.settings], ["changed", null, null]);
    assert.match(change.reason, /^differs from what was proven 2026-11-20; aaaaaaa cannot be read in this clone/);
  });
});
