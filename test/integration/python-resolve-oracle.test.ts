import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { checkImage } from "../../src/image/check.ts";
import { run } from "../../src/io/process.ts";

const projects = Number(process.env.RUNS ?? 1500);
const seed = Number(process.env.SEED ?? 7);

/** Imports `app` of every folder in a process of its own, and prints the error of each, or nothing. */
const driver = `
import json, os, sys
base = [path for path in sys.path if "site-packages" not in path and "dist-packages" not in path and path != ""]
for folder in sys.stdin.read().split():
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.chdir(folder)
        sys.path[:] = [folder, folder + "/lib"] + base
        sys.dont_write_bytecode = True
        try:
            import app
            said = None
        except BaseException as error:
            said = type(error).__name__ + ": " + str(error)
        os.write(writing, json.dumps(said).encode())
        os._exit(0)
    os.close(writing)
    said = b""
    while True:
        part = os.read(reading, 65536)
        if not part:
            break
        said += part
    os.close(reading)
    os.waitpid(child, 0)
    print(said.decode(), flush=True)
`;

const name = fc.constantFrom("a", "b", "c");
const dotted = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("."));
const value = fc.constantFrom("x", "y", "a", "b", "c");
const statement = fc.oneof(
  { weight: 4, arbitrary: dotted.map((module) => `import ${module}`) },
  { weight: 4, arbitrary: fc.tuple(dotted, value).map(([module, from]) => `from ${module} import ${from}`) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(".", ".."), value).map(([dots, from]) => `from ${dots} import ${from}`),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(".", ".."), name, value)
      .map(([dots, module, from]) => `from ${dots}${module} import ${from}`),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "x = 1",
      "y = x = 2",
      "def x(): pass",
      "class y: pass",
      "(x, y) = 1, 2",
      "for y in (1,): pass",
    ),
  },
  { weight: 1, arbitrary: dotted.map((module) => `from ${module} import *`) },
  { weight: 2, arbitrary: dotted.map((module) => `try:\n    import ${module}\nexcept ImportError:\n    pass`) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(dotted, dotted)
      .map(([one, two]) => `try:\n    import ${one}\nexcept ImportError:\n    import ${two}`),
  },
  { weight: 1, arbitrary: dotted.map((module) => `def f():\n    import ${module}`) },
  { weight: 1, arbitrary: dotted.map((module) => `def g():\n    import ${module}\ng()`) },
  { weight: 1, arbitrary: dotted.map((module) => `if __name__ == "__main__":\n    import ${module}`) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("lib/more", "a")
      .map((folder) => `import os, sys\nsys.path.insert(0, os.path.join(os.getcwd(), "${folder}"))`),
  },
  { weight: 1, arbitrary: dotted.map((module) => `import importlib\nimportlib.import_module("${module}")`) },
);
const text = fc.array(statement, { maxLength: 3 }).map((lines) => `${lines.join("\n")}\n`);
const path = fc.constantFrom(
  ...[
    "a.py",
    "b.py",
    "c.py",
    "a/__init__.py",
    "a/a.py",
    "a/b.py",
    "a/c.py",
    "a/b/__init__.py",
    "a/b/c.py",
    "a/b/a.py",
    "b/__init__.py",
  ],
  ...[
    "b/a.py",
    "b/c.py",
    "b/c/a.py",
    "c/a.py",
    "c/b/a.py",
    "lib/a.py",
    "lib/a/c.py",
    "lib/b/__init__.py",
    "lib/c/b.py",
    "lib/more/a.py",
    "lib/more/c.py",
  ],
);
const project = fc
  .tuple(
    fc.array(statement, { minLength: 1, maxLength: 4 }),
    fc.array(fc.tuple(path, text), { minLength: 1, maxLength: 9 }),
  )
  .map(([app, files]) => ({ ...Object.fromEntries(files), "app.py": `${app.join("\n")}\n` }));

test("what a small project imports is found, or missing, as a real Python says", { timeout: 180_000 }, async () => {
  const root = mkdtempSync(join(tmpdir(), "landfall-resolve-"));
  try {
    const all = fc.sample(project, { numRuns: projects, seed });
    const folders = all.map((files, index) => lay(join(root, String(index)), files));
    const end = await run("python3", ["-E", "-s", "-c", driver], { input: folders.join("\n"), timeoutSeconds: 120 });
    assert.equal(end.ended === "exit" && end.status, 0, end.stderr);
    const said = end.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as string | null);
    assert.equal(said.length, projects);
    let failures = 0;
    for (const [index, error] of said.entries()) {
      // What the repository does not have at all is a third party's, and may be there.
      const [, absent] = /No module named '(\w+)'$/.exec(error ?? "") ?? [];
      const names = Object.keys(all[index] ?? {}).flatMap((file) => file.replace(/\.py$/, "").split("/"));
      if (absent !== undefined && !names.includes(absent)) continue;
      // What a star brings is not judged.
      const texts = Object.values(all[index] ?? {}).join("\n");
      if (error?.includes("cannot import name") && texts.includes("import *")) continue;
      // Which half of a circle is loaded first is a matter of luck that is not judged.
      if (error !== null && /partially initialized|circular/.test(error)) continue;
      const { findings } = await check(folders[index] ?? "", Object.keys(all[index] ?? {}));
      const fatal = findings.some(
        ({ level, effect, code }) => effect === "boot" && (level === "block" || code === "image-requirement-missing"),
      );
      failures += error === null ? 0 : 1;
      assert.equal(
        fatal,
        error !== null,
        `${error}\n${JSON.stringify(all[index], null, 1)}\n${JSON.stringify(findings, null, 1)}`,
      );
    }
    assert.ok(failures > projects / 10 && failures < (projects * 9) / 10, `${failures} of ${projects} failed`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

function lay(folder: string, files: Readonly<Record<string, string>>): string {
  const dockerfile =
    'FROM python:3.11-slim\nWORKDIR /app\nENV PYTHONPATH=/app/lib\nCOPY . .\nCMD ["gunicorn", "app"]\n';
  for (const [file, content] of Object.entries({ ...files, Dockerfile: dockerfile })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
  return folder;
}

async function check(folder: string, files: readonly string[]) {
  return await checkImage({
    dockerfile: join(folder, "Dockerfile"),
    context: folder,
    buildArgs: {},
    entry: "celery -A app",
    repositoryFiles: files,
  });
}
