import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { checkPlatform } from "../../src/build/package-platform.ts";
import { namesIn, packageOf, textIn } from "../helpers/packages.ts";
import { type Stage, setStage } from "../helpers/stage.ts";

/** Writes a wheel with a module, a program, and an extension module whose first bytes are all that there is of it. */
const makeWheel = `
import sys, zipfile
info, tag = "demo-1.0.dist-info", "cp310-cp310-manylinux2014_aarch64"
elf = b"\\x7fELF\\x02\\x01\\x01" + bytes(9) + b"\\x03\\x00\\xb7\\x00" + bytes(100)
files = {
    "demo/__init__.py": b"def main():\\n    print('ran')\\n",
    "demo/fast.cpython-310-aarch64-linux-gnu.so": elf,
    info + "/METADATA": b"Metadata-Version: 2.1\\nName: demo\\nVersion: 1.0\\n",
    info + "/WHEEL": f"Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: false\\nTag: {tag}\\n".encode(),
    info + "/entry_points.txt": b"[console_scripts]\\ndemo = demo:main\\n",
}
with zipfile.ZipFile(f"{sys.argv[1]}/demo-1.0-{tag}.whl", "w") as wheel:
    for name, content in files.items():
        wheel.writestr(name, content)
    wheel.writestr(info + "/RECORD", "".join(f"{name},,\\n" for name in [*files, info + "/RECORD"]))
`;

const install =
  "-m pip install -q --no-index --find-links wheels --platform manylinux2014_aarch64 --python-version 3.10 --only-binary=:all: -r requirements.txt -t python";

describe("a package that pip builds", () => {
  let stage: Stage;
  let pythons: string;
  let commit: string;
  const short = () => join(pythons, "a");
  const long = () => join(pythons, "with a blank", "x".repeat(120), "b");
  before(() => {
    stage = setStage();
    pythons = mkdtempSync(join(tmpdir(), "landfall-pythons-"));
    for (const place of [short(), long()]) execFileSync("python3", ["-m", "venv", place]);
    mkdirSync(join(stage.directory, "layer/wheels"), { recursive: true });
    execFileSync("python3", ["-c", makeWheel, join(stage.directory, "layer/wheels")]);
    commit = stage.commit({ "layer/requirements.txt": "demo==1.0\n" });
  });
  after(() => {
    stage.remove();
    rmSync(pythons, { recursive: true, force: true });
  });

  const build = (python: string) => packageOf(stage, commit, { run: `'${python}/bin/python' ${install}` });

  it("is the same with a Python in another place, whose path stands in what it writes", async () => {
    const first = await build(short());
    const second = await build(long());
    assert.notEqual(first.path, second.path);
    assert.equal(first.digest, second.digest);
    assert.deepEqual(namesIn(first), [
      "python/bin/demo",
      "python/demo-1.0.dist-info/METADATA",
      "python/demo-1.0.dist-info/WHEEL",
      "python/demo-1.0.dist-info/entry_points.txt",
      "python/demo/__init__.py",
      "python/demo/fast.cpython-310-aarch64-linux-gnu.so",
    ]);
    assert.match(textIn(first, "python/bin/demo"), /^#!\/usr\/bin\/env python3\n/);
    assert.deepEqual(first.findings, []);
  });

  it("still runs when it is unpacked elsewhere, its programs too", async () => {
    const out = join(pythons, "opt");
    execFileSync("unzip", ["-q", (await build(short())).path, "-d", out]);
    const env = { ...process.env, PYTHONPATH: join(out, "python") };
    assert.equal(execFileSync(join(out, "python/bin/demo"), { encoding: "utf8", env }), "ran\n");
    const found = "import importlib.metadata as m; print(m.version('demo'))";
    assert.equal(execFileSync("python3", ["-c", found], { encoding: "utf8", env }), "1.0\n");
  });

  it("fits the platform that pip was told to build for, and no other", async () => {
    const artifact = await build(short());
    const check = (runtime: string, architecture: string) =>
      checkPlatform("web", artifact, { runtimes: [runtime], architectures: [architecture] }).map(({ level }) => level);
    assert.deepEqual(check("python3.10", "arm64"), []);
    assert.deepEqual(check("python3.10", "x86_64"), ["block", "block"]);
    assert.deepEqual(check("python3.11", "arm64"), ["block", "block"]);
  });
});
