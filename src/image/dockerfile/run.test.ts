import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after as afterAll, before, describe, it } from "node:test";
import type { Simulated } from "../image-tree.ts";
import { simulate } from "./simulate.ts";

let context = "";

before(() => {
  context = mkdtempSync(join(tmpdir(), "landfall-run-"));
  for (const file of ["app/main.py", "app/util.py", "app/data/x.json", "run.sh"]) {
    mkdirSync(dirname(join(context, file)), { recursive: true });
    writeFileSync(join(context, file), file);
  }
});
afterAll(() => rmSync(context, { recursive: true, force: true }));

async function made(text: string): Promise<Simulated> {
  const dockerfile = join(context, "Dockerfile");
  writeFileSync(dockerfile, text);
  return simulate({ dockerfile, context, buildArgs: {} });
}

describe("a RUN", () => {
  const after = async (run: string) => (await made(`FROM python:3\nWORKDIR /srv\nCOPY app app\nRUN ${run}`)).tree;

  it("touches, makes, copies, moves and removes what it names", async () => {
    const tree = await after(
      "touch app/__init__.py && mkdir -p a/b && cp app/main.py a/b/ && mv app/util.py a/u.py; rm -rf app/data && ln -s app lib",
    );
    assert.deepEqual(
      [tree.list("/srv/app"), tree.list("/srv/a"), tree.list("/srv/a/b")],
      [["__init__.py", "main.py"], ["b", "u.py"], ["main.py"]],
    );
    assert.equal(tree.origin("/srv/lib/main.py"), "app/main.py");
    assert.equal(tree.origin("/srv/a/u.py"), "app/util.py");
    assert.equal(tree.mayHold("/srv/app/x.py"), false);
  });

  it("copies a folder, and what is in it, though both are written as the same path", async () => {
    const tree = await after("mkdir both && cp -r app/. app both/");
    assert.deepEqual(tree.list("/srv/both"), ["app", "data", "main.py", "util.py"]);
    assert.equal(tree.origin("/srv/both/app/main.py"), "app/main.py");
  });

  it("in a branch of a case, or in a function, is none that is sure to run", async () => {
    for (const run of ["case $x in a) touch app/x.py ;; esac", "f() { touch app/x.py; }"]) {
      const tree = await after(run);
      assert.deepEqual([tree.kind("/srv/app/x.py"), tree.mayHold("/srv/app/x.py")], [null, true], run);
    }
  });

  it("of an installer leaves the application's folders alone", async () => {
    const tree = await after(
      "apt-get update && apt-get install -y git && pip install -r app/r.txt && rm -rf /var/lib/apt/lists/*",
    );
    const piped = await after("curl -LsSf https://example.com/install.sh | sh -s -- -y");
    for (const { mayHold } of [tree, piped])
      assert.deepEqual([mayHold("/srv/app/x.py"), mayHold("/srv/x")], [false, false]);
    const early = await made(
      "FROM python:3\nRUN tool --setup\nWORKDIR /srv\nRUN find /usr -name test -exec rm -rf '{}' +",
    );
    assert.equal(early.tree.mayHold("/srv/x"), false);
    const script = await made("FROM python:3\nCOPY run.sh /\nRUN sh run.sh\nCOPY app /srv");
    assert.equal(script.tree.mayHold("/srv/x"), true);
  });

  it("that we can't follow may leave anything where it runs and where it points", async () => {
    for (const run of [
      "make",
      "./build.sh",
      "sh -c 'x'",
      "if x; then touch y; fi",
      "(cd app && x)",
      "npm run build",
      "uv run gen",
    ])
      assert.deepEqual(["/srv/x", "/srv/app/x.py"].map((await after(run)).mayHold), [true, true], run);
    const clone = await after("git clone https://example.com/r /opt/r");
    assert.ok(clone.mayHold("/opt/r/x"));
    for (const run of [
      "tar -xzf /tmp/a.tgz -C /opt/r",
      "tar --directory=/opt/r -xf /tmp/a",
      "unzip a.zip -d /opt/r",
      "curl -o /opt/r/x.py https://example.com/x",
      "wget -O /opt/r/x.py https://example.com/x",
      "protoc --python_out=/opt/r a.proto",
      "python -m grpc_tools.protoc --python_out=/opt/r -I. a.proto",
      "python gen.py --out=/opt/r",
      "make install DESTDIR=/opt/r",
      "curl https://example.com/a.tgz | tar xz -C /opt/r",
    ])
      assert.ok((await after(run)).mayHold("/opt/r/x.py"), run);
  });

  it("that may remove a file leaves it no longer sure", async () => {
    for (const run of ["rm app/*.py", "find app -name '*.py' -delete", "if x; then rm app/main.py; fi"]) {
      const tree = await after(run);
      assert.equal(tree.kind("/srv/app/main.py") !== "file" || tree.mayHold("/srv/app/x"), true, run);
    }
    const removed = await after("rm -f app/*.py *.gone");
    assert.deepEqual([removed.list("/srv/app"), removed.mayHold("/srv/app/x")], [["data"], false]);
    assert.equal((await after("find / -name '*.pyc' -delete")).mayHold("/srv/app/x"), false);
  });

  it("writes a file whose text is known only when it stands there", async () => {
    const tree = await after(
      "date > app/v.py && echo x 'y  z' > app/e.py && echo -n x > app/n.py && echo x >> app/v.py && cat <<'EOF' > app/h.py\nimport x\nEOF",
    );
    for (const file of ["v", "n"])
      assert.deepEqual([tree.kind(`/srv/app/${file}.py`), tree.read(`/srv/app/${file}.py`)], ["file", null]);
    assert.equal(Buffer.from(tree.read("/srv/app/h.py") ?? []).toString(), "import x\n");
    assert.equal(Buffer.from(tree.read("/srv/app/e.py") ?? []).toString(), "x y  z\n");
  });

  it("that changes a file in place leaves its text unknown, and the rest as it was", async () => {
    const tree = await after("sed -i 's/{a}/b/' app/main.py");
    assert.deepEqual([tree.kind("/srv/app/main.py"), tree.read("/srv/app/main.py")], ["file", null]);
    assert.deepEqual([tree.read("/srv/app/util.py") !== null, tree.mayHold("/srv/app/x")], [true, false]);
  });

  it("is kept as the shell gets it, with its folder", async () => {
    const { runs } = await made(
      'FROM python:3\nWORKDIR /srv\nRUN --mount=type=cache,target=/x pip install \\\n  a\nRUN ["x", "y z"]',
    );
    assert.deepEqual(
      runs.map(({ line, workdir, text }) => [line, workdir, text.replace(/\s+/g, " ")]),
      [
        [3, "/srv", "pip install a"],
        [5, "/srv", "'x' 'y z'"],
      ],
    );
  });
});
