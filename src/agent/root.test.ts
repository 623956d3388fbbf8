import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";

describe("a file that is written as root", () => {
  let root: string;
  let file: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "landfall-root-"));
    file = join(root, "file");
    writeFileSync(file, "old\n");
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  /** The functions of root.sh, with a folder of ours for /run, and `lines` after them. */
  function sh(lines: string) {
    const [functions = ""] = readFileSync(new URL("./root.sh", import.meta.url), "utf8").split("\nset -eu\n");
    const scratch = `mktemp() { command mktemp "${root}/new.XXXXXX"; }\n`;
    return spawnSync("sh", ["-c", `${functions}\nset -eu\n${scratch}${lines}`, "sh", file], { encoding: "utf8" });
  }
  /** Only the half of what is to be written arrives. */
  const halfCat = "cat() { command head -c 2; return 1; }\n";

  it("is not replaced by the half of its text", () => {
    const { status, stdout, stderr } = sh(`${halfCat}echo new | { put "$1" 600 || :; }; echo went on`);
    assert.deepEqual([status, stdout, stderr], [1, "", `${file} cannot be written: its text did not arrive whole\n`]);
    assert.equal(readFileSync(file, "utf8"), "old\n");
    assert.deepEqual(readdirSync(root), ["file"]);
  });

  it("that is a unit ends the work when it cannot be written, and tells when it is as it was", () => {
    const broken = sh(`${halfCat}units_changed=no; put_unit "$1" new; echo went on`);
    assert.deepEqual([broken.status, broken.stdout], [1, ""]);
    const same = sh('chmod 644 "$1"; units_changed=no; put_unit "$1" "old\n"; echo "$units_changed"');
    assert.deepEqual([same.status, same.stdout], [0, "no\n"]);
    const other = sh('units_changed=no; put_unit "$1" new; echo "$units_changed"');
    assert.deepEqual([other.status, other.stdout], [0, `changed\t${file}\nyes\n`]);
    assert.equal(readFileSync(file, "utf8"), "new");
  });
});
