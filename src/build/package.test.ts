import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { namesIn, type PackageTest, packageOf, textIn } from "../../test/helpers/packages.ts";
import { type Stage, setStage } from "../../test/helpers/stage.ts";

describe("a package", () => {
  let stage: Stage;
  let temporary: string;
  const before = process.env.TMPDIR;
  beforeEach(() => {
    stage = setStage();
    temporary = mkdtempSync(join(tmpdir(), "landfall-test-"));
    process.env.TMPDIR = temporary;
  });
  afterEach(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    assert.deepEqual(readdirSync(temporary), [], "nothing of a build is left behind, however it ended");
    rmSync(temporary, { recursive: true, force: true });
    stage.remove();
  });

  const build = (files: Record<string, string>, test: PackageTest = {}) => packageOf(stage, stage.commit(files), test);
  const codesOf = ({ findings = [] }: { findings?: readonly { code: string }[] | undefined }) =>
    findings.map(({ code }) => code);

  it("is not made when the command fails, and the error has its last lines", async () => {
    const printed: string[] = [];
    const run = "echo first; echo broken >&2; false; echo never";
    const failed = await build({ "layer/a.txt": "a" }, { run, onLine: (line) => printed.push(line) }).catch(
      (error) => error,
    );
    assert.equal(failed.code, "build-failed");
    assert.equal(failed.refusal, "failed");
    assert.match(failed.message, /ended with status 1/);
    for (const line of ["first", "broken"]) assert.ok(failed.message.includes(line) && printed.includes(line), line);
    assert.ok(!printed.includes("never"));
    assert.deepEqual(readdirSync(join(stage.directory, ".git/landfall/artifacts")), []);
  });

  it("is not made when the command fails, and the error says how much it leaves out", async () => {
    const run = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22; do echo line $i; done; exit 1";
    const { message } = await build({ "layer/a.txt": "a" }, { run }).catch((error) => error);
    assert.match(message, /; the last 20 of the 22 lines that it printed:\nline 3\n/);
  });

  it("is not made when a variable of the command is not set, a command is missing, or there is no folder to build in", async () => {
    await assert.rejects(build({ "layer/a.txt": "a" }, { run: 'touch "$NOT_SET"' }), { code: "build-failed" });
    await assert.rejects(build({}, { run: "landfall-has-no-such-command" }), /a command is missing/);
    await assert.rejects(build({}, { source: ["layer/a.txt"], run: "true" }), /is not a folder of the commit/);
  });

  it("is not made when the command takes too long, and what it started is ended", async () => {
    const pid = join(temporary, "..", `landfall-pid-${process.pid}`);
    const run = `sleep 300 & echo $! > ${pid}; wait`;
    await assert.rejects(build({ "layer/a.txt": "a" }, { run, timeoutSeconds: 1 }), /did not end within 1 s/);
    assert.equal(await ended(pid), true);
    rmSync(pid);
  });

  it("is not made when it is cancelled, and what the command started is ended", { timeout: 30_000 }, async () => {
    const pid = join(temporary, "..", `landfall-pid-${process.pid}`);
    const cancel = new AbortController();
    const onLine = () => cancel.abort(new Error("cancelled here"));
    const run = `sleep 300 & echo $! > ${pid}; echo ready; wait`;
    await assert.rejects(
      build({ "layer/a.txt": "a" }, { run, onLine, signal: cancel.signal, timeoutSeconds: 3600 }),
      /cancelled here/,
    );
    assert.equal(await ended(pid), true);
    rmSync(pid);
  });

  it("is not made of nothing", async () => {
    await assert.rejects(build({ "layer/a.txt": "a" }, { run: "rm a.txt" }), { code: "build-empty" });
    await assert.rejects(build({}, { selection: { include: ["python"] } }), /nothing is under `python`/);
    await assert.rejects(build({}, { run: "mkdir -p python/__pycache__; touch python/__pycache__/a.pyc; rm a.txt" }), {
      code: "build-empty",
    });
  });

  it("tells of a command that ended well and made nothing", async () => {
    assert.deepEqual(codesOf(await build({ "layer/python/a.py": "a" }, { run: "true" })), ["build-unchanged"]);
    const { findings = [] } = await build(
      { "layer/requirements.txt": "" },
      { run: "touch python/b.py; : pip; pip() { :; }\npip install -r requirements.txt -t python/sub" },
    );
    assert.match(findings[0]?.message ?? "", /installs into python\/sub, and the package has nothing there/);
    assert.deepEqual(codesOf(await build({}, { run: "echo b > python/b.py" })), []);
  });

  it("may have inputs that are links, also such as lead to nothing", async () => {
    stage.write({ "layer/locked.txt": "demo==1.0\n" });
    symlinkSync("locked.txt", join(stage.directory, "layer/requirements.txt"));
    symlinkSync("nowhere.txt", join(stage.directory, "layer/broken.txt"));
    const run =
      "pip() { mkdir -p python; touch python/a; }\npip install -r requirements.txt\npip install -r broken.txt";
    const { findings = [] } = await build({}, { run, selection: { include: ["python"] } });
    assert.deepEqual(codesOf({ findings }), ["unlocked-inputs"]);
    assert.match(findings[0]?.message ?? "", /broken\.txt/);
  });

  it("is made of the commit: nothing of the working tree is in it, and what is ignored is not", async () => {
    const commit = stage.commit({ "layer/python/a.py": "committed", ".gitignore": "*.log\n" });
    stage.write({ "layer/python/a.py": "changed", "layer/python/b.py": "not added", "layer/python/c.log": "ignored" });
    const artifact = await packageOf(stage, commit, { run: "cp python/a.py python/d.py" });
    assert.deepEqual(namesIn(artifact), ["python/a.py", "python/d.py"]);
    assert.equal(textIn(artifact, "python/d.py"), "committed");
  });

  it("is built of files that are as old each time, and as executable as the commit says", async () => {
    stage.write({ "layer/python/run.sh": "", "layer/python/a.py": "" });
    chmodSync(join(stage.directory, "layer/python/run.sh"), 0o755);
    const lines: string[] = [];
    symlinkSync("a.py", join(stage.directory, "layer/python/link"));
    const run = "cd python; stat -c '%n %Y %a' * . .. ../..";
    const modeOfFolders = / 7[0-7]{2}$/;
    await build({}, { run, onLine: (line) => lines.push(/sh /.test(line) ? line : line.replace(modeOfFolders, "")) });
    assert.deepEqual(lines, [
      "a.py 315532800 644",
      "link 315532800",
      "run.sh 315532800 755",
      ". 315532800",
      ".. 315532800",
      "../.. 315532800",
    ]);
  });

  it("is built of all sources of the component, in the first", async () => {
    const files = { "layer/python/a.py": "a", "shared/b.py": "b" };
    const artifact = await build(files, { source: ["layer", "shared"], run: "cp ../shared/b.py python/" });
    assert.deepEqual(namesIn(artifact), ["python/a.py", "python/b.py"]);
  });

  it("keeps what is executable and links, and takes those of the commit into account", async () => {
    stage.write({ "layer/bin/run": "#!/bin/sh\n", "layer/lib/libz.so.1": "z" });
    chmodSync(join(stage.directory, "layer/bin/run"), 0o755);
    symlinkSync("libz.so.1", join(stage.directory, "layer/lib/libz.so"));
    symlinkSync("../lib", join(stage.directory, "layer/bin/lib"));
    const { files } = await build({}, { run: 'ln -s run bin/walk; ln -s "$PWD/lib/libz.so.1" bin/z' });
    const modes = Object.fromEntries(files.map(({ path, mode }) => [path, mode]));
    assert.deepEqual(modes, {
      "bin/lib": "120000",
      "bin/run": "100755",
      "bin/walk": "120000",
      "bin/z": "120000",
      "lib/libz.so": "120000",
      "lib/libz.so.1": "100644",
    });
  });

  it("has as executable what its owner may execute", async () => {
    const run = "touch a b c; chmod 700 a; chmod 611 b; chmod 755 c";
    const { files } = await build({ "layer/a.txt": "a" }, { run });
    assert.deepEqual(
      files.map(({ path, mode }) => `${path} ${mode}`),
      ["a 100755", "a.txt 100644", "b 100644", "c 100755"],
    );
  });

  it("has an absolute link into itself as a relative one, since it lies elsewhere when it is used", async () => {
    const artifact = await build(
      { "layer/lib/z": "z" },
      { run: 'mkdir -p python/deep; ln -s "$PWD/lib/z" python/deep/z' },
    );
    assert.equal(textIn(artifact, "python/deep/z"), "../../lib/z");
    assert.deepEqual(codesOf(artifact), []);
  });

  for (const [what, link] of [
    ["out of it", "ln -s /etc/passwd python/out"],
    ["out of it through another", "mkdir -p d/e; ln -s d/e l; ln -s ../l/../../../a.txt python/out; touch ../a.txt"],
    ["to nothing", "ln -s nowhere python/out"],
    ["to what is not shipped", "ln -s ../requirements.txt python/out"],
    ["to a link that is not shipped", "ln -s python/a.py other; ln -s ../other python/out"],
    ["to what is left out as noise", "touch python/a.pyc; ln -s a.pyc python/out"],
  ])
    it(`is refused with a link ${what}`, async () => {
      const files = { "layer/python/a.py": "a", "layer/requirements.txt": "" };
      await assert.rejects(build(files, { run: link ?? "" }), { code: "path-escapes" });
    });

  it("is refused when the commit has a link out of the tree, or a link takes the place of its folder", async () => {
    await assert.rejects(build({ "layer/a.txt": "a" }, { run: "cd ..; rm -r layer; ln -s / layer" }), {
      code: "path-escapes",
    });
    symlinkSync("/etc", join(stage.directory, "layer/out"));
    await assert.rejects(build({}), { code: "path-escapes" });
  });

  it("is refused with what is neither a file nor a link, and with names that are not UTF-8", async () => {
    await assert.rejects(
      build({ "layer/a.txt": "a" }, { run: "mkfifo pipe" }),
      /pipe, which is neither a file nor a link/,
    );
    await assert.rejects(build({}, { run: "touch \"$(printf 'a\\377')\"" }), { code: "bad-file-name" });
  });

  it("has the folders that Lambda looks into, where there are any, and else everything", async () => {
    const files = { "layer/python/a.py": "", "layer/README.md": "", "layer/tests/t.py": "", "layer/bin/x": "" };
    assert.deepEqual(namesIn(await build(files)), ["bin/x", "python/a.py"]);
    assert.deepEqual(namesIn(await build({}, { selection: { include: ["python", "*.md"] } })), [
      "README.md",
      "python/a.py",
    ]);
    assert.deepEqual(namesIn(await build({}, { selection: { exclude: ["python"] } })), ["bin/x"]);
    assert.deepEqual(namesIn(await build({ "site/b.txt": "", "site/a.txt": "" }, { source: ["site"] })), [
      "a.txt",
      "b.txt",
    ]);
  });

  it("has files of any name, committed or built", async () => {
    const names = [
      "a\nb",
      "back\\slash",
      "quote'\"",
      "-rf",
      " ",
      "tab\t",
      "é",
      "e\u0301",
      "😀",
      "$(x)",
      "x".repeat(255),
      "%s",
      "*",
    ];
    const committed = Object.fromEntries(names.map((name) => [`layer/committed/${name}`, name]));
    const artifact = await build(committed, { run: "cp -R committed built" });
    const expected = ["built", "committed"].flatMap((folder) => names.map((name) => `${folder}/${name}`)).sort();
    assert.deepEqual(namesIn(artifact), expected);
    assert.deepEqual(
      artifact.files.map(({ path }) => path),
      expected,
    );
  });

  it("lacks compiled Python and installers' records", async () => {
    const info = "python/demo-1.dist-info";
    const run = [
      `mkdir -p python/demo/__pycache__ ${info} nodejs/node_modules/x`,
      `touch python/demo/a.py python/demo/__pycache__/a.cpython-310.pyc python/demo/b.pyc python/demo/RECORD`,
      `cd ${info} && touch RECORD INSTALLER REQUESTED direct_url.json METADATA WHEEL entry_points.txt && cd -`,
      "touch nodejs/node_modules/.package-lock.json nodejs/node_modules/x/index.js",
    ].join("\n");
    assert.deepEqual(namesIn(await build({ "layer/a.txt": "" }, { run })), [
      "nodejs/node_modules/x/index.js",
      "python/demo-1.dist-info/METADATA",
      "python/demo-1.dist-info/WHEEL",
      "python/demo-1.dist-info/entry_points.txt",
      "python/demo/RECORD",
      "python/demo/a.py",
    ]);
  });

  it("leaves committed scripts as they are, and takes the builder's interpreter out of built ones", async () => {
    const script = "#!/opt/python/bin/python3.10 -u\nprint(1)\n";
    const artifact = await build(
      { "layer/bin/own": script },
      { run: "cp bin/own bin/copy; { cat bin/own; echo; } > bin/built" },
    );
    assert.equal(textIn(artifact, "bin/own"), script);
    assert.equal(textIn(artifact, "bin/copy"), script);
    assert.equal(textIn(artifact, "bin/built"), "#!/usr/bin/env python3\nprint(1)\n\n");
  });

  it("tells what in it hangs on a platform, also when it is taken from the store", async () => {
    const info = "python/demo-1.dist-info";
    const run = `mkdir -p bin ${info}; cp -L /bin/sh bin/sh; printf 'Tag: b\\nRoot: x\\nTag: a\\n' > ${info}/WHEEL`;
    for (const files of [{ "layer/a.txt": "" }, {}]) {
      const { natives, wheels } = await build(files, { run });
      assert.deepEqual(
        natives?.map(({ path, system }) => `${path} ${system}`),
        ["bin/sh linux"],
      );
      assert.deepEqual(wheels, [{ path: `${info}/WHEEL`, tags: ["a", "b"] }]);
    }
  });

  it("is told of when it holds the path that it was built in", async () => {
    const { findings = [] } = await build({ "layer/python/a.py": "" }, { run: 'echo "$PWD" > python/demo.egg-link' });
    assert.deepEqual(codesOf({ findings }), ["build-path-kept"]);
    assert.match(findings[0]?.message ?? "", /python\/demo\.egg-link/);
  });

  it("is refused above the limits, with the folders that hold most", async () => {
    const run = "mkdir -p python/big python/small; head -c 300000 /dev/urandom > python/big/a; echo x > python/small/b";
    const files = { "layer/python/a.py": "a" };
    const unzipped = { zipBytes: 1e9, unzippedBytes: 250_000 };
    const zipped = { zipBytes: 250_000, unzippedBytes: 1e9 };
    const message =
      /300,00\d bytes unzipped, and 250,000 bytes are allowed; most is in python\/big 300,000 bytes, python\//;
    await assert.rejects(build(files, { run, limits: unzipped }), { code: "package-too-large", message });
    await assert.rejects(build(files, { run, limits: zipped }), /bytes zipped, and 250,000 bytes are allowed/);
  });

  it("is refused above a limit that was lowered after it was stored", async () => {
    const files = { "layer/python/a.py": "a".repeat(1000) };
    await build(files);
    await assert.rejects(build({}, { limits: { zipBytes: 1e9, unzippedBytes: 999 } }), { code: "package-too-large" });
  });

  it("is taken from the store with its warnings, and built once more for another source or command, or other values", async () => {
    const lines: string[] = [];
    const test = { run: 'echo "ran $V"', variables: { V: "1" }, onLine: (line: string) => lines.push(line) };
    const first = await build({ "layer/a.txt": "a" }, test);
    const again = await packageOf(stage, stage.commit({ "other.txt": "" }), test);
    assert.deepEqual(lines, ["ran 1"]);
    assert.equal(again.digest, first.digest);
    assert.notEqual(again.commit, first.commit);
    assert.deepEqual(codesOf(again), ["build-unchanged"]);
    await build({}, { ...test, variables: { V: "2" } });
    await build({}, { ...test, run: 'echo "ran $V again"', variables: { V: "2" } });
    await build({ "layer/a.txt": "b" }, test);
    assert.deepEqual(lines, ["ran 1", "ran 2", "ran 2 again", "ran 1"]);
    stage.write({ "layer/a.txt": "a" });
    writeFileSync(first.path, "damaged");
    assert.equal((await build({}, test)).digest, first.digest);
  });

  it("is removed with folders that the build made unwritable", async () => {
    const { files } = await build(
      { "layer/a.txt": "a" },
      { run: "mkdir -p deep/er; touch deep/er/b; chmod -R a-w deep" },
    );
    assert.ok(files.some(({ path }) => path === "deep/er/b"));
  });

  it("is no place for what an outer environment says: the command sees few variables", async () => {
    process.env.LANDFALL_TEST_OUTER = "outer";
    const lines: string[] = [];
    const variables = { INNER: "in'ner" };
    const run =
      'echo "${LANDFALL_TEST_OUTER:-none} $INNER $TZ $LC_ALL $SOURCE_DATE_EPOCH $(umask) ${TMPDIR#${PWD%/files/*}}"';
    await build({ "layer/a.txt": "a" }, { run, variables, onLine: (line) => lines.push(line) });
    delete process.env.LANDFALL_TEST_OUTER;
    assert.deepEqual(lines, ["none in'ner UTC C.UTF-8 315532800 0022 /tmp"]);
  });

  it("is built by bash when that is said, and fails in the middle of a pipe then", async () => {
    await build({ "layer/a.txt": "a" }, { run: "false | true" });
    await assert.rejects(build({}, { run: "false | true", shell: "bash" }), { code: "build-failed" });
  });
});

/** Whether the process whose id a file holds is gone, now or soon. */
async function ended(pidFile: string): Promise<boolean> {
  assert.ok(existsSync(pidFile), "the command ran");
  const pid = Number(readFileSync(pidFile, "utf8"));
  for (let tries = 0; tries < 100; tries++) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}
