import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

const repository = join(import.meta.dirname, "..");
const make = (name: string, root: string) =>
  spawnSync(process.execPath, [join(repository, "scripts/new-provider.ts"), name, root], { encoding: "utf8" });

describe("npm run new-provider", () => {
  let root = "";
  before(() => {
    root = mkdtempSync(join(tmpdir(), "landfall-new-provider-"));
    cpSync(join(repository, "src/providers"), join(root, "src/providers"), { recursive: true });
  });
  after(() => rmSync(root, { recursive: true }));

  it("makes a folder with the same file names, and one line in the registry", () => {
    const { status, stdout, stderr } = make("cloud-run", root);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /made src\/providers\/cloud-run/);
    const folder = join(root, "src/providers/cloud-run");
    assert.deepEqual(readdirSync(folder), readdirSync(join(root, "src/providers/_template")));
    for (const file of readdirSync(folder))
      assert.doesNotMatch(readFileSync(join(folder, file), "utf8"), /template/i, file);
    const index = readFileSync(join(folder, "index.ts"), "utf8");
    assert.match(index, /export const cloudRun: Provider<CloudRunSpec, CloudRunTarget, CloudRunFacts>/);
    assert.match(index, /type: "cloud-run"/);
    assert.match(readFileSync(join(folder, "README.md"), "utf8"), /^# cloud-run\n/);
    const registry = readFileSync(join(root, "src/providers/index.ts"), "utf8");
    assert.match(registry, /import \{ cloudRun \} from "\.\/cloud-run\/index\.ts";/);
    assert.match(registry, /= \[[^\]]*, erased\(cloudRun\)\]/);
  });

  it("refuses a name that is taken, or that is none", () => {
    for (const name of ["machine", "Cloud", "../x", "", "a--b"]) {
      const { status, stderr } = make(name, root);
      assert.equal(status, 2, name);
      assert.match(stderr, /exists|no name/);
    }
  });
});
