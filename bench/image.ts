import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { imageCheck } from "./image-check.ts";
import { imageImports } from "./image-imports.ts";

/** `npm run bench`, the part of the image check: Python's imports, and the whole check of a large service. */
const folder = mkdtempSync(join(tmpdir(), "landfall-bench-image-"));
try {
  const library = spawnSync("python3", ["-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"], {
    encoding: "utf8",
  });
  if (library.status !== 0) throw new Error("python3 is missing: install it, it is the peer");
  imageImports(library.stdout.trim(), join(folder, "imports"));
  imageCheck(library.stdout.trim(), join(folder, "service"));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
