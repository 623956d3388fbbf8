import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { simpleCommands } from "./package-commands.ts";
import { unlockedInputs } from "./package-inputs.ts";

const open = (run: string, files: Record<string, string> = {}) =>
  unlockedInputs("web", { run, root: "layer" }, (path) => files[path]).map(({ message }) => message);
const requirements = (text: string) => open("pip install -r requirements.txt -t python", { "requirements.txt": text });

describe("inputs of pip", () => {
  it("without an exact version are told of, with their line", () => {
    const run = "pip install -r requirements.txt -t python";
    const text = "# ours\nrequests==2.32.3\n\nflask>=2\nurllib3\n";
    const findings = unlockedInputs("web", { run, root: "layer" }, (path) =>
      path === "requirements.txt" ? text : undefined,
    );
    assert.deepEqual(
      findings.map(({ code, level, file, line }) => [code, level, file, line]),
      [
        ["unlocked-inputs", "warning", "layer/requirements.txt", 4],
        ["unlocked-inputs", "warning", "layer/requirements.txt", 5],
      ],
    );
    assert.match(findings[0]?.message ?? "", /leaves the version of flask>=2 open/);
  });

  for (const line of [
    "requests==2.32.3",
    "requests[socks] == 2.32.3 ; python_version < '3.11'  # why",
    "requests===2.32.3+local.1",
    "demo @ git+https://example.invalid/demo.git@0123456789abcdef0123456789abcdef01234567",
    "https://example.invalid/demo-1-py3-none-any.whl#sha256=abc",
    "requests \\\n  --hash=sha256:abc \\\n  --hash=sha256:def",
    "--index-url https://example.invalid/simple",
    "",
  ])
    it(`are locked by ${JSON.stringify(line)}`, () => assert.deepEqual(requirements(`${line}\n`), []));

  for (const line of [
    "requests",
    "requests==2.*",
    "requests~=2.32",
    "requests>=2,<3",
    "requests!=2.0",
    "requests<=2.0",
    "demo @ git+https://example.invalid/demo.git@main",
    "git+https://example.invalid/demo.git#egg=demo",
    "-e git+https://example.invalid/demo.git#egg=demo",
    "https://example.invalid/demo.zip",
  ])
    it(`are left open by ${line}`, () => assert.equal(requirements(`${line}\n`).length, 1));

  it("are followed into other files, and not round in circles", () => {
    const files = { "deps/a.txt": "-r b.txt\nx==1\n", "deps/b.txt": "--requirement=a.txt\ny\n" };
    assert.deepEqual(open("python3 -m pip install -rdeps/a.txt", files), ["deps/b.txt leaves the version of y open"]);
  });

  it("that constraints pin are locked, as pip compares names", () => {
    const files = { "r.txt": "Flask_Login\nother\n", "c.txt": "flask.login==0.6\n" };
    assert.deepEqual(open("pip install -r r.txt -c c.txt", files), ["r.txt leaves the version of other open"]);
  });

  it("on the command line are told of too", () => {
    assert.match(
      open("pip3 install --target python requests 'flask==3.0' -i https://example.invalid").join(),
      /installs requests in/,
    );
    assert.deepEqual(open("uv pip install --python-version 3.10 --target=python requests==2.32.3"), []);
    assert.match(open("pip install . -t python").join(), /installs \. with all that it needs/);
    assert.deepEqual(open("pip install --no-deps . ./other.whl -t python"), []);
    assert.deepEqual(open("pip install --no-index --find-links wheels demo"), []);
    assert.deepEqual(open("pip install --require-hashes -r requirements.txt"), []);
  });

  it("that are not in the commit are told of", () => {
    assert.match(open("pip install -r made.txt").join(), /made\.txt names, which is not in the commit/);
  });

  it("are found in folders, behind others, in conditions, and in the commit's own scripts", () => {
    const files = {
      "sub/r.txt": "x\n",
      "build.sh": "#!/bin/sh\nset -e\ncd sub && pip install -r r.txt\n",
      Makefile: "all:\n\t@sh build.sh\n",
    };
    const told = ["sub/r.txt leaves the version of x open"];
    for (const run of [
      "cd sub && pip install -r r.txt",
      "if true; then\n  (cd sub; PIP_X=1 exec pip install -r 'r.txt')\nfi",
      "./build.sh",
      "sh -e build.sh",
      "make all",
      "bash -euc 'cd sub; pip install -r r.txt'",
      'docker run --rm -v "$PWD:/w" -w /w example/python pip install -r sub/r.txt',
      "podman run example/python sh -c 'pip install -r sub/r.txt -t /w/python'",
    ])
      assert.deepEqual(open(run, files), told, run);
    assert.deepEqual(open("echo pip install x # pip install y"), []);
    assert.deepEqual(open("./a.sh", { "a.sh": "./a.sh" }), []);
  });
});

describe("inputs of other tools", () => {
  it("without a committed lock file are told of", () => {
    assert.match(
      open("npm install --omit=dev", { "package.json": "{}" }).join(),
      /without a committed package-lock\.json/,
    );
    assert.deepEqual(open("npm install --omit=dev", { "package-lock.json": "{}" }), []);
    assert.deepEqual(open("npm ci"), []);
    assert.deepEqual(open("npm --version; npm run build"), []);
    assert.match(open("cd nodejs && yarn").join(), /yarn\.lock/);
    assert.deepEqual(open("npm install --prefix nodejs", { "nodejs/package-lock.json": "{}" }), []);
    assert.match(open("poetry export -o r.txt").join(), /poetry\.lock/);
  });

  it("that are named without a version are told of", () => {
    assert.match(open("npm install left-pad", { "package-lock.json": "" }).join(), /installs left-pad with npm/);
    assert.deepEqual(open("npm install @x/y@1.2.3", { "package-lock.json": "" }), []);
  });
});

describe("the commands of a script", () => {
  const words = (script: string) => simpleCommands(script).map((command) => command.words);

  it("are told apart, without quotes, comments and what leads to them", () => {
    assert.deepEqual(words(`A=1 b 'c d' "e \\" $f" g\\ h \\\n i # no\nj&&k||l|m;n`), [
      ["b", "c d", 'e " $f', "g h", "i"],
      ["j"],
      ["k"],
      ["l"],
      ["m"],
      ["n"],
    ]);
    assert.deepEqual(words("cd a; cd b/../c && d").length, 3);
    assert.equal(simpleCommands("cd a; cd b/../c && d").at(-1)?.folder, "a/c");
  });

  it("come of any text in time that grows with it", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."ab '\"\\\n;&|()${}#<>=-"), maxLength: 300 }), (script) => {
        for (const { words } of simpleCommands(script)) assert.ok(words.length > 0);
        unlockedInputs("web", { run: script, root: "." }, () => undefined);
      }),
      { numRuns: 500 },
    );
    for (const piece of ["'", '"', "\\", "$", "${", "a", '"\\', "#", " "]) simpleCommands(piece.repeat(50_000));
  });
});
