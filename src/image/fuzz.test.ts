import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { checkImage } from "./check.ts";
import { readModule } from "./python/facts.ts";
import { scanImports } from "./python/imports.ts";
import { reachOf } from "./python/reach.ts";
import { shellCommands } from "./shell.ts";

/** Pieces that are near to what each reader reads: arbitrary text alone seldom gets past the first character. */
const pythonish = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[
          "import ",
          "from ",
          ".",
          "a",
          "b.c",
          " as ",
          "*",
          "(",
          ")",
          "[",
          "]",
          "{",
          "}",
          ",",
          ":",
          ";",
          "=",
          "\\\n",
          "\n",
          "\n    ",
          "\n\t",
        ],
        ...[
          '"',
          "'",
          '"""',
          "'''",
          "f'",
          'rb"',
          "{x",
          "!r}",
          "#",
          "def f():",
          "class A:",
          "try:",
          "except ImportError:",
          "else:",
          "if x:",
        ],
        ...[
          "lambda: ",
          "match x:",
          "case 1:",
          "async ",
          "with ",
          "sys.path.insert(0, ",
          "__file__",
          "import_module(",
          "INSTALLED_APPS = [",
        ],
      ),
      fc.string({ maxLength: 4, unit: "binary" }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(""));
const shellish = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "gunicorn",
        " ",
        "a:b",
        "$",
        "${",
        "}",
        "$(",
        ")",
        "`",
        '"',
        "'",
        "&&",
        "||",
        ";",
        "|",
        "<<",
        ">",
        "case",
        "if",
        "\n",
        "\\",
      ),
      fc.string({ maxLength: 3 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(""));

describe("nothing that is read can crash the image check, or keep it", () => {
  it("Python", () => {
    fc.assert(
      fc.property(pythonish, (text) => {
        scanImports(text);
        const facts = readModule(text);
        facts.variable("a");
      }),
      { numRuns: 3000 },
    );
  });

  it("shell texts", () => {
    fc.assert(
      fc.property(shellish, (text) => {
        for (const { words } of shellCommands(text, (name) => (name === "a" ? null : name === "b" ? "x y" : undefined)))
          assert.ok(Array.isArray(words));
      }),
      { numRuns: 3000 },
    );
  });

  it("images of such files, with such commands and ignore files", async () => {
    const folder = mkdtempSync(join(tmpdir(), "landfall-fuzz-"));
    try {
      await fc.assert(
        fc.asyncProperty(
          pythonish,
          shellish,
          fc.string({ maxLength: 20 }),
          fc.array(shellish, { maxLength: 3 }),
          async (python, command, ignore, lines) => {
            writeFileSync(join(folder, "app.py"), python);
            writeFileSync(join(folder, "start.sh"), `#!/bin/sh\n${command}\nexec gunicorn app:app\n`);
            writeFileSync(join(folder, ".dockerignore"), ignore);
            const runs = lines.map((line) => `RUN ${line}`).join("\n");
            writeFileSync(
              join(folder, "Dockerfile"),
              `FROM python:3\nWORKDIR /app\nCOPY . .\n${runs}\nCMD ${command} ; ./start.sh\n`,
            );
            const report = await checkImage({
              dockerfile: join(folder, "Dockerfile"),
              context: folder,
              buildArgs: {},
              repositoryFiles: ["app.py"],
            });
            for (const { message, level } of report.findings)
              assert.ok(message !== "" && ["block", "warning", "note"].includes(level));
          },
        ),
        { numRuns: 400 },
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  const world = { isMain: true, version: null };
  for (const [what, text] of [
    ["brackets", "(".repeat(200_000)],
    ["strings", '"'.repeat(200_001)],
    ["f-strings", "f'{".repeat(3_000)],
    ["blocks", Array.from({ length: 2_000 }, (_, depth) => `${" ".repeat(depth)}if x:`).join("\n")],
    ["names", `import ${Array(50_000).fill("a").join(".")}`],
    ["dots", `from ${". ".repeat(50_000)}import a`],
    ["blanks", `from a import${" ".repeat(100_000)}`],
    ["equal signs", "a=".repeat(50_000)],
    ["negations", `if ${"not ".repeat(50_000)}a:\n import a`],
    ["letters in a text", `def f():\n import a\nf("${"a".repeat(500_000)}")`],
    ["letters beside sys.path", `f(sys.path, "${"a".repeat(500_000)}")`],
    ["brackets of sys.path", "sys.path[:".repeat(50_000)],
    ["names of sys.path", "import sys as a, sys as b\nc = sys.path\n".repeat(20_000)],
    ["keys", `${"d['a'] = ".repeat(50_000)}1`],
    ["calls", `sys.path.insert(0, ${"os.path.join(".repeat(2_000)}`],
  ] as const)
    it(`a great many ${what}`, () => {
      const begun = performance.now();
      scanImports(text);
      const facts = readModule(text);
      facts.variable("a");
      for (const happening of facts.happenings)
        if (happening.what === "import") reachOf(happening.import.block, { ...world, ...facts });
      assert.ok(performance.now() - begun < 20_000);
    });

  const many = (count: number, write: (at: number) => string, between = " ") =>
    Array.from({ length: count }, (_, at) => write(at)).join(between);
  for (const [what, lines] of [
    ["sources of cp", `RUN cp ${many(40_000, (at) => `w${at}`)} .`],
    ["here-documents without an end", `RUN <<EOF\n${many(40_000, (at) => `cat <<X${at}`, "\n")}\nEOF`],
    ["patterns of rm", `RUN rm ${many(10_000, (at) => `a${at}*`)}`],
    ["patterns of COPY", `COPY ${many(10_000, (at) => `a${at}*`)} ./`],
    ["patterns that name everything", `RUN rm ${many(2_000, () => "*")}`],
    ["branches of a case", `RUN case a in ${many(20_000, () => "a) true ;;")} esac`],
    ["conditions in conditions", `RUN ${many(5_000, () => "if true; then")}`],
    ["commands in a chain", `RUN true ${many(20_000, () => "&& true")}`],
  ] as const)
    it(`a great many ${what}`, async () => {
      const context = mkdtempSync(join(tmpdir(), "landfall-many-"));
      try {
        for (let at = 0; at < 5_000; at++) writeFileSync(join(context, `f${at}`), "");
        const dockerfile = join(context, "Dockerfile");
        writeFileSync(dockerfile, `FROM python:3\nWORKDIR /app\nCOPY . .\n${lines}\nCMD ["python", "app.py"]\n`);
        const begun = performance.now();
        await checkImage({ dockerfile, context, buildArgs: {}, repositoryFiles: [] });
        assert.ok(performance.now() - begun < 20_000);
      } finally {
        rmSync(context, { recursive: true, force: true });
      }
    });

  it("a great many modules that load each other, one after the other", async () => {
    const context = mkdtempSync(join(tmpdir(), "landfall-many-"));
    try {
      const files = Array.from({ length: 3_000 }, (_, at) => `m${at}.py`);
      for (const [at, file] of files.entries()) writeFileSync(join(context, file), `import m${at + 1}\n`);
      appendFileSync(
        join(context, "m0.py"),
        `try:\n    import ${Array(50_000).fill("a").join(".")}\nexcept ImportError: pass\n`,
      );
      const dockerfile = join(context, "Dockerfile");
      writeFileSync(dockerfile, 'FROM python:3\nWORKDIR /app\nCOPY . .\nCMD ["python", "m0.py"]\n');
      const repositoryFiles = [...files, "m3000.py"];
      const { findings } = await checkImage({ dockerfile, context, buildArgs: {}, repositoryFiles });
      assert.deepEqual(
        findings.map(({ module }) => module),
        ["m3000"],
      );
    } finally {
      rmSync(context, { recursive: true, force: true });
    }
  });
});
