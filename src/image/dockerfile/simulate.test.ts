import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, it } from "node:test";
import fc from "fast-check";
import type { Simulated } from "../image-tree.ts";
import { simulate } from "./simulate.ts";

const contexts: string[] = [];
afterEach(() => {
  for (const context of contexts.splice(0)) rmSync(context, { recursive: true, force: true });
});

const files = ["app/main.py", "app/util.py", "app/data/x.json", "requirements.txt", "run.sh"];

function contextOf(dockerfile: string, more: Readonly<Record<string, string>> = {}): string {
  const context = mkdtempSync(join(tmpdir(), "landfall-image-"));
  contexts.push(context);
  const all = { ...Object.fromEntries(files.map((file) => [file, file])), ...more, Dockerfile: dockerfile };
  for (const [file, content] of Object.entries(all)) {
    mkdirSync(dirname(join(context, file)), { recursive: true });
    writeFileSync(join(context, file), content);
  }
  return context;
}

interface Given {
  files?: Readonly<Record<string, string>>;
  buildArgs?: Readonly<Record<string, string>>;
  target?: string;
}

async function made(dockerfile: string, { files: more, buildArgs = {}, target }: Given = {}): Promise<Simulated> {
  const context = contextOf(dockerfile, more);
  return simulate({ dockerfile: join(context, "Dockerfile"), context, buildArgs, target });
}

/** What is wrong, in short: `line code message`. */
async function said(dockerfile: string, given: Given = {}): Promise<string[]> {
  const { findings } = await made(dockerfile, given);
  return findings.map(({ line, code, message }) => `${line} ${code} ${message}`);
}

describe("a source of COPY", () => {
  it("blocks when it is not there, and names the file that was probably meant", async () => {
    const { findings, tree } = await made("FROM python:3.12\nWORKDIR /srv\nCOPY App/main.py ap/utl.py app/utl.py ./");
    assert.deepEqual(
      findings.map(({ code, level, effect, module, line, importer, fix }) => [
        code,
        level,
        effect,
        module,
        line,
        importer,
        fix,
      ]),
      [
        ["image-copy-missing", "block", "boot", "App/main.py", 3, "Dockerfile", "did you mean app/main.py?"],
        ["image-copy-missing", "block", "boot", "ap/utl.py", 3, "Dockerfile", "did you mean app/util.py?"],
        ["image-copy-missing", "block", "boot", "app/utl.py", 3, "Dockerfile", "did you mean app/util.py?"],
      ],
    );
    assert.equal(tree.read("/srv/utl.py"), null);
  });

  it("names the line of the ignore file that keeps it out", async () => {
    const given = { files: { ".dockerignore": "*.md\n# no\napp\n" } };
    const { findings } = await made("FROM scratch\nCOPY app /app", given);
    assert.match(findings[0]?.message ?? "", /\.dockerignore keeps out/);
    assert.match(findings[0]?.fix ?? "", /^line 3 of \.dockerignore \(`app`\) keeps it out/);
  });

  it("is kept out by the Dockerfile's own ignore file, which goes before the context's", async () => {
    const given = { files: { ".dockerignore": "app\n", "Dockerfile.dockerignore": "run.sh\n" } };
    const { findings } = await made("FROM scratch\nCOPY app /app\nCOPY run.sh /", given);
    assert.deepEqual(
      findings.map(({ module, fix }) => [module, fix?.slice(0, 40)]),
      [["run.sh", "line 1 of Dockerfile.dockerignore (`run."]],
    );
  });

  it("may lie behind a link inside the context, and never outside of it", async () => {
    const context = contextOf("FROM scratch\nCOPY in out /x/");
    symlinkSync("app/main.py", join(context, "in"));
    symlinkSync(join(tmpdir(), ".."), join(context, "out"));
    const { tree } = await simulate({ dockerfile: join(context, "Dockerfile"), context, buildArgs: {} });
    assert.equal(tree.origin("/x/in"), "app/main.py");
    assert.ok(tree.list("/x").every((name) => name !== "etc"));
  });

  it("can lie in an earlier stage, by name or number; a later stage's name is an image's", async () => {
    const stages =
      "FROM scratch AS a\nCOPY app /src\nFROM scratch AS b\nCOPY --from=0 /src/main.py /\nCOPY --from=A /src /m";
    const { tree, findings } = await made(stages);
    assert.deepEqual(findings, []);
    assert.deepEqual(tree.list("/"), ["m", "main.py"]);
    assert.equal(tree.origin("/m/data/x.json"), "app/data/x.json");
    const later = await made("FROM scratch AS a\nCOPY --from=b /x /y/\nFROM scratch AS b\nCOPY app /x", {
      target: "a",
    });
    assert.ok(later.tree.mayHold("/y/z"));
  });

  it("that no earlier stage of scratch has is missing, and one that its base may hold is not", async () => {
    assert.deepEqual(await said("FROM scratch AS a\nCOPY app /x\nFROM scratch\nCOPY --from=a /y /"), [
      "4 image-copy-missing COPY takes /y, which is not in the stage a",
    ]);
    assert.deepEqual(await said("FROM python:3 AS a\nFROM python:3\nCOPY --from=a /usr/local/lib /usr/local/lib"), []);
  });

  it("that a command of its stage may have built or installed is not missing", async () => {
    for (const made of ["npm run build", "uv sync", "python -m venv .venv", "pip install --user x"])
      assert.deepEqual(
        await said(`FROM node AS a\nWORKDIR /ui\nRUN ${made}\nFROM a AS b\nFROM python\nCOPY --from=b /ui/dist /x`),
        [],
      );
  });

  it("is a text of its own in a here-document, with its variables", async () => {
    const { tree } = await made("FROM scratch\nARG A=b\nCOPY <<x.py <<'y.py' /t/\n$A 'q'\nx.py\n$A\ny.py\n");
    assert.equal(Buffer.from(tree.read("/t/x.py") ?? []).toString(), "b 'q'\n");
    assert.equal(Buffer.from(tree.read("/t/y.py") ?? []).toString(), "$A\n");
  });

  it("keeps its folders with --parents, and is left out with --exclude", async () => {
    const kept = await made("FROM scratch\nCOPY --parents ./app/data/x.json app/./data/x.json /p/");
    assert.deepEqual([kept.tree.kind("/p/app/data/x.json"), kept.tree.kind("/p/data/x.json")], ["file", "file"]);
    const without = await made("FROM scratch\nCOPY --exclude=*.py --exclude=data app /x");
    assert.deepEqual(without.tree.list("/x"), []);
  });

  it("of ADD that is an archive, a page or a repository leaves open what it brings", async () => {
    const { tree, findings } = await made(
      "FROM scratch\nADD a.tar.gz /a/\nADD https://example.com/d/f.py /u/\nADD https://example.com/r.git /g",
      { files: { "a.tar.gz": "" } },
    );
    assert.deepEqual(findings, []);
    assert.deepEqual([tree.mayHold("/a/x"), tree.mayHold("/g/x"), tree.mayHold("/u/x")], [true, true, false]);
    assert.deepEqual([tree.kind("/u/f.py"), tree.read("/u/f.py")], ["file", null]);
  });
});

describe("a stage", () => {
  it("hides nothing on scratch, system folders on a plain image, and anything on another one", async () => {
    const holds = async (from: string) => {
      const { tree } = await made(`FROM ${from}\nWORKDIR /app\nCOPY app .`);
      return ["/app/x.py", "/usr/lib/x.py", "/opt/x"].map((path) => tree.mayHold(path));
    };
    assert.deepEqual(await holds("scratch"), [false, false, false]);
    assert.deepEqual(await holds("mirror.example/library/python:3.12-slim@sha256:ab"), [false, true, false]);
    assert.deepEqual(await holds("acme/base"), [true, true, true]);
  });

  it("leaves folders of the system that it makes itself to its own files, on a plain image", async () => {
    const { tree } = await made(
      "FROM python:3\nCOPY app /usr/local/app/\nCOPY app /var/service\nCOPY app /usr/src/app",
    );
    const paths = ["/usr/local/app/x", "/var/service/x", "/usr/src/app/x", "/usr/local/lib/x", "/var/lib/x"];
    assert.deepEqual(paths.map(tree.mayHold), [false, false, false, true, true]);
  });

  it("on Lambda's image begins in the folder that its variable names", async () => {
    const { tree, findings } = await made("FROM mirror.example/lambda/python:3.12\nCOPY app ${LAMBDA_TASK_ROOT}/app");
    assert.deepEqual([findings, tree.list("/var/task"), tree.mayHold("/var/task/x")], [[], ["app"], false]);
  });

  it("that the wanted one does not need is not followed", async () => {
    const text = "FROM scratch AS a\nCOPY gone /\nFROM scratch AS b\nCOPY app /x";
    assert.deepEqual(await said(text), []);
    assert.equal((await said(text, { target: "a" })).length, 1);
    assert.deepEqual(await said(text, { target: "c" }), ["1 image-dockerfile-invalid there is no stage c"]);
  });

  it("built on another one has its files, variables, folder and command, and can't change them there", async () => {
    const { tree, env, workdir, cmd, copies, runs } = await made(
      'FROM python:3 AS a\nWORKDIR /srv\nENV A=1\nCOPY app .\nRUN pip install x\nCMD ["x"]\nFROM a AS b\nRUN rm main.py\nFROM a\nENV B=$A\nRUN touch y',
    );
    assert.deepEqual(tree.list("/srv"), ["data", "main.py", "util.py", "y"]);
    assert.deepEqual([env.A, env.B, workdir, cmd?.line], ["1", "1", "/srv", 6]);
    assert.deepEqual([copies.length, runs.map(({ text }) => text)], [1, ["pip install x", "touch y"]]);
  });

  it("runs what the one below it left ONBUILD", async () => {
    const { tree } = await made("FROM scratch AS a\nONBUILD COPY app /on\nFROM a\nCOPY run.sh /");
    assert.equal(tree.kind("/on/main.py"), "file");
  });

  it("loses the CMD of the one below it with an ENTRYPOINT, and keeps its own", async () => {
    const below = 'FROM scratch AS a\nCMD ["x"]\nFROM a\n';
    assert.equal((await made(`${below}ENTRYPOINT ["y"]`)).cmd, null);
    assert.equal((await made(`${below}CMD z\nENTRYPOINT ["y"]`)).cmd?.form, "shell");
    assert.equal((await made(`${below}ENV A=b`)).cmd?.form, "exec");
  });
});

describe("a build argument", () => {
  it("without a value makes what hangs on it undetermined, and names itself", async () => {
    assert.deepEqual(await said("ARG BASE\nFROM $BASE\nARG DIR\nCOPY app $DIR/"), [
      "2 image-undetermined what FROM $BASE is needs build argument BASE",
      "4 image-undetermined where COPY puts $DIR/ needs build argument DIR",
    ]);
    const given = { buildArgs: { BASE: "scratch", DIR: "/d" } };
    assert.deepEqual(await said("ARG BASE\nFROM $BASE\nARG DIR\nCOPY app $DIR/", given), []);
    const { env, needs } = await made("FROM scratch\nARG V\nENV W=x$V");
    assert.deepEqual([env.W, needs.W], [null, ["V"]]);
  });

  it("is seen after it was declared, in its own stage, and behind ENV", async () => {
    const { env } = await made("ARG G=g\nFROM scratch\nENV A=$G\nARG G\nENV B=$G\nARG E=arg\nENV E=env\nENV C=$E D=$A");
    assert.deepEqual({ ...env }, { A: "", B: "g", E: "env", C: "env", D: "" });
  });

  it("does not hang on the line itself: all of an ENV is expanded with what was before", async () => {
    const { env } = await made('FROM scratch\nENV A=1\nENV A=2 B=$A C="a b" D=a\\ b\nENV E  rest of $A');
    assert.deepEqual({ ...env }, { A: "2", B: "1", C: "a b", D: "a b", E: "rest of 2" });
  });
});

describe("a Dockerfile's own mistake", () => {
  const mistakes: Readonly<Record<string, string>> = {
    "RUN x\nFROM scratch": "1",
    "ARG A=b": "1",
    "FROM scratch\nCOPY app": "2",
    "FROM scratch\nCOPY --form=a app /x": "2",
    "FROM scratch\nCOPY app run.sh x\nCOPY app x/run.sh": "3",
    "FROM scratch\nENV A": "2",
    "FROM scratch\nENV =b": "2",
    "FROM scratch\nWORKDIR ${A": "2",
    "FROM scratch\nARG =b": "2",
    "FROM scratch AS a b": "1",
    "FROM scratch of a": "1",
    "FROM scratch AS 1a": "1",
    "FROM --os=x scratch": "1",
    "FROM scratch\nCOPY run.sh /x\nWORKDIR /x/y": "3",
    "FROM scratch AS a\nCOPY app /\nFROM scratch\nARG A=a\nCOPY --from=$A /main.py /": "5",
    "FROM scratch\nCOPY --from=0 / /": "2",
    "FROM scratch\nRUN": "2",
    "FROM scratch\nFOO x": "2",
    "FROM scratch\nONBUILD FROM x": "2",
  };
  for (const [text, line] of Object.entries(mistakes))
    it(`is refused with its line: ${JSON.stringify(text)}`, async () => {
      const found = await said(text);
      assert.ok(
        found.some((each) => each.startsWith(`${line} image-dockerfile-invalid`)),
        found.join("\n"),
      );
    });

  it("in the ignore file is refused too", async () => {
    assert.match(
      (await said("FROM scratch", { files: { ".dockerignore": "a\n[" } })).join(),
      /^2 image-dockerfile-invalid/,
    );
  });

  it("never throws, whatever the text is", async () => {
    const word = fc.constantFrom(
      ...[
        "FROM",
        "COPY",
        "ADD",
        "RUN",
        "ENV",
        "ARG",
        "WORKDIR",
        "CMD",
        "ENTRYPOINT",
        "ONBUILD",
        "SHELL",
        "AS",
        "--from=a",
      ],
      ...[
        "scratch",
        "python",
        "a",
        "app",
        ".",
        "/",
        "../..",
        "*",
        "[",
        "\\",
        "$A",
        "${A:-b}",
        "${",
        "A=b",
        "=",
        "'",
        '"',
        "<<E",
      ],
      ...[
        "E",
        "cp",
        "-r",
        "mv",
        "rm",
        "&&",
        "|",
        "cd",
        "ln",
        "-s",
        ">",
        "touch",
        "--parents",
        "--exclude=[",
        "--chown",
        "\u0000",
      ],
    );
    const line = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(" "));
    const text = fc
      .tuple(fc.boolean(), fc.array(fc.oneof({ weight: 9, arbitrary: line }, fc.string()), { maxLength: 8 }))
      .map(([begun, lines]) => [...(begun ? ["FROM scratch AS a"] : []), ...lines].join("\n"));
    const context = contextOf("");
    const dockerfile = join(context, "Dockerfile");
    await fc.assert(
      fc.asyncProperty(text, async (written) => {
        writeFileSync(dockerfile, written);
        const { tree } = await simulate({ dockerfile, context, buildArgs: {} });
        tree.kind("/a/b");
        assert.ok(tree.list("/").every((name) => name !== "" && !name.includes("/")));
      }),
      { numRuns: 1500 },
    );
  });

  it("is none of ours to tell when the file can't be read", async () => {
    const context = contextOf("FROM scratch");
    const gone = join(context, "gone");
    await assert.rejects(simulate({ dockerfile: gone, context, buildArgs: {} }), { refusal: "invalid" });
    await assert.rejects(simulate({ dockerfile: join(context, "Dockerfile"), context: gone, buildArgs: {} }), {
      refusal: "invalid",
    });
  });

  it("is not read through a link that leads out of the context and the repository, nor is the ignore file", async () => {
    const outside = contextOf("pass-word=hunter2", { token: "[hunter2\nhunter2" });
    const context = contextOf("FROM scratch");
    symlinkSync(join(outside, "Dockerfile"), join(context, "link"));
    symlinkSync(outside, join(context, "folder"));
    symlinkSync(join(outside, "token"), join(context, ".dockerignore"));
    for (const name of ["link", "folder/Dockerfile", "Dockerfile"]) {
      const { findings } = await simulate({ dockerfile: join(context, name), context, buildArgs: {} });
      assert.deepEqual(
        findings.map(({ code, line, level }) => [code, line, level]),
        [["image-dockerfile-invalid", 1, "block"]],
      );
      assert.match(findings[0]?.message ?? "", /^it is a link that leads out/);
    }
  });

  it("is read through a link that stays in the repository", async () => {
    const repository = contextOf("FROM nowhere AS base");
    const context = join(repository, "app");
    symlinkSync("../Dockerfile", join(context, "Dockerfile"));
    const request = { dockerfile: join(context, "Dockerfile"), context, buildArgs: {} };
    const { base } = await simulate({ ...request, repository });
    assert.equal(base, "nowhere");
    assert.equal((await simulate(request)).base, null);
  });
});
