import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readImageFiles } from "./image-files.ts";

/** Whom root becomes, whose right to read everything would hide the mistake. */
const nobody = 65534;

test("a folder that can't be read, outside of any repository, keeps no other from being listed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "landfall-closed-"));
  const isRoot = process.getuid?.() === 0;
  try {
    for (const name of ["app", "data"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "app/main.py"), "");
    chmodSync(folder, 0o755);
    chmodSync(join(folder, "data"), isRoot ? 0o700 : 0);
    if (isRoot) process.seteuid?.(nobody);
    assert.deepEqual((await readImageFiles(folder)).files, ["app/main.py"]);
  } finally {
    if (isRoot) process.seteuid?.(0);
    chmodSync(join(folder, "data"), 0o700);
    rmSync(folder, { recursive: true, force: true });
  }
});
