import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createFollower, type PackageFile } from "./package-links.ts";

const end = (files: PackageFile[], path: string) =>
  createFollower(files).follow(files.find((file) => file.path === path) ?? assert.fail());

describe("a link of a package", () => {
  it("leads outside when it climbs above the package, also through another link", () => {
    const link = { path: "l", target: "d/e" };
    const files = [{ path: "d/e/f" }, { path: "a" }, link];
    assert.equal(end([...files, { path: "x", target: "l/../../a" }], "x"), "inside");
    assert.equal(end([...files, { path: "x", target: "l/../../../a" }], "x"), "outside");
    assert.equal(end([...files, { path: "x", target: "../a" }], "x"), "outside");
    assert.equal(end([...files, { path: "x", target: "/a" }], "x"), "outside");
  });

  it("leads nowhere when it goes round in a circle, or to what is not there", () => {
    assert.equal(
      end(
        [
          { path: "a", target: "b" },
          { path: "b", target: "a" },
        ],
        "a",
      ),
      "nowhere",
    );
    assert.equal(end([{ path: "a", target: "b" }], "a"), "nowhere");
    assert.equal(end([{ path: "a", target: "d/../b" }, { path: "b" }], "a"), "nowhere");
  });

  it("ends where the system's own look-up ends", () => {
    const name = fc.constantFrom("a", "b", "c");
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
    const target = fc
      .array(fc.constantFrom("a", "b", "c", "..", "."), { minLength: 1, maxLength: 5 })
      .map((parts) => parts.join("/"));
    const file = fc.oneof(fc.record({ path }), fc.record({ path, target }));
    fc.assert(
      // The system's own realpath: that of Node in JavaScript never ends with some links that lead through each other.
      fc.property(fc.array(file, { minLength: 1, maxLength: 8 }), (given) => {
        const top = realpathSync.native(mkdtempSync(join(tmpdir(), "landfall-links-")));
        try {
          const files = laid(join(top, "tried"), given);
          const root = join(top, "up", "root");
          assert.deepEqual(laid(root, files), files);
          const { follow } = createFollower(files);
          for (const file of files) {
            if (file.target === undefined) continue;
            const at = join(root, file.path);
            const found = existsSync(at) ? realpathSync.native(at) : "";
            const inside = found === root || found.startsWith(`${root}/`);
            assert.equal(follow(file) === "inside", inside, JSON.stringify({ files, file, found }));
          }
        } finally {
          rmSync(top, { recursive: true, force: true });
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** Lays files out as far as that can be, and gives those that could: nothing may be in the way, and no link above. */
function laid(root: string, given: readonly PackageFile[]): PackageFile[] {
  mkdirSync(root, { recursive: true });
  return given.flatMap((file) => {
    const at = join(root, file.path);
    try {
      mkdirSync(dirname(at), { recursive: true });
      if (realpathSync.native(dirname(at)) !== dirname(at)) return [];
      if (file.target === undefined) writeFileSync(at, "", { flag: "wx" });
      else symlinkSync(file.target, at);
      return [file];
    } catch {
      return [];
    }
  });
}
