import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const limit = new URL("./helpers/file-limit.ts", import.meta.url).href;
const files = {
  "spins.test.mjs": `import { test } from "node:test";\ntest("spins", () => { for (;;) {} });\n`,
  "stays.test.mjs": `import { test } from "node:test";\ntest("leaves a timer", () => { setInterval(() => {}, 1000); });\n`,
  "ends.test.mjs": `import { test } from "node:test";\ntest("ends", () => {});\n`,
};

test("a test file that never ends is ended and named, and the others are not", () => {
  const folder = mkdtempSync(join(tmpdir(), "landfall-limit-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const { NODE_TEST_CONTEXT: _ours, ...env } = process.env;
    const { status, stdout } = spawnSync(process.execPath, ["--import", limit, "--test", "--test-reporter=tap"], {
      cwd: folder,
      env: { ...env, TEST_FILE_SECONDS: "3" },
      encoding: "utf8",
      timeout: 60_000,
    });
    assert.equal(status, 1, stdout);
    assert.match(stdout, /spins\.test\.mjs was ended: it took longer than 3 seconds/);
    assert.match(stdout, /stays\.test\.mjs was ended/);
    assert.match(stdout, /^ok \d+ - ends$/m);
    assert.doesNotMatch(stdout, /ends\.test\.mjs was ended/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
