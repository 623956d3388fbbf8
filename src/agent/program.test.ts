import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const module = new URL("./program.ts", import.meta.url).href;

test("an archive that the disk does not take is an error, and brings nothing else down", () => {
  const folder = mkdtempSync(join(tmpdir(), "landfall-program-"));
  try {
    const from = join(folder, "file");
    writeFileSync(from, randomBytes(300_000));
    const files = Array.from({ length: 60 }, (_, n) => ({ path: `${n}`, from, mode: 0o644 }));
    const script = `import { withArchive } from ${JSON.stringify(module)};
      const program = ${JSON.stringify({ digest: "", files })};
      await withArchive(program, async () => console.log("used")).catch(({ code }) => console.log(code));`;
    // A limit of 1 MiB for each file, which a write goes over as it does on a disk that is full.
    const limited = ["-c", 'ulimit -f 2048; exec "$@"', "sh", process.execPath, "--input-type=module", "-e", script];
    const { stdout, stderr } = spawnSync("sh", limited, { encoding: "utf8", timeout: 60_000 });
    assert.equal(stdout, "EFBIG\n", stderr);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
