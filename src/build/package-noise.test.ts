import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isNoise, withPlainInterpreter } from "./package-noise.ts";

const pinned = (text: string) => withPlainInterpreter(Buffer.from(text)).toString();

describe("what differs from build to build", () => {
  for (const path of [
    "python/a/__pycache__/b.cpython-310.pyc",
    "__pycache__/x.txt",
    "python/b.pyc",
    "python/b.pyo",
    "python/x-1.0.dist-info/RECORD",
    "python/lib/python3.10/site-packages/x-1.0.dist-info/direct_url.json",
    "nodejs/node_modules/.package-lock.json",
    "python/.DS_Store",
  ])
    it(`is left out: ${path}`, () => assert.equal(isNoise(path), true));

  for (const path of [
    "python/RECORD",
    "python/x-1.0.dist-info/METADATA",
    "python/x-1.0.dist-info/sub/RECORD",
    "python/pycache/x.py",
    "python/x.pyc.txt",
    "python/x.pyd",
    "nodejs/node_modules/x/package-lock.json",
  ])
    it(`does not take this for it: ${path}`, () => assert.equal(isNoise(path), false));

  it("is the interpreter's path in scripts that Python installers write, in each of their forms", () => {
    const plain = "#!/usr/bin/env python3\nimport x\n";
    assert.equal(pinned("#!/tmp/build-1/venv/bin/python\nimport x\n"), plain);
    assert.equal(pinned("#!/usr/bin/python3.11\r\nimport x\n"), plain);
    assert.equal(pinned("#!/usr/bin/python3 -sE\nimport x\n"), plain);
    assert.equal(pinned('#!"/with blank/bin/python3.11"\nimport x\n'), plain);
    assert.equal(pinned(`#!/bin/sh\n'''exec' "/with blank/python3" "$0" "$@"\n' '''\nimport x\n`), plain);
    assert.equal(pinned(`#!/bin/sh\n'''exec' /very/long/python3.11 "$0" "$@"\n' '''\nimport x\n`), plain);
  });

  it("is not the first line of any other script", () => {
    for (const text of [
      "#!/bin/sh\n",
      "#!/usr/bin/env python3\n",
      "#!/usr/bin/env node\n",
      "# /bin/python\n",
      "#!/x/pythonic\n",
      "",
    ])
      assert.equal(pinned(text), text);
  });

  it("takes nothing else from a file, whatever it holds", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (rest) => {
        const head = Buffer.from("#!/opt/bin/python3\n");
        const built = withPlainInterpreter(Buffer.concat([head, rest]));
        assert.deepEqual(built.subarray(built.length - rest.length), Buffer.from(rest));
      }),
    );
  });
});
