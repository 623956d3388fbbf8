import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { checkImage, type ImageReport } from "../../src/image/check.ts";
import { run } from "../../src/io/process.ts";

/** Imports a package in a process of its own, with one module hidden from it, and prints the error of each, or null. */
const driver = `
import json, os, sys
class Hide:
    def __init__(self, name):
        self.name = name
    def find_spec(self, name, path=None, target=None):
        if name == self.name:
            raise ModuleNotFoundError("No module named " + repr(name), name=name)
for line in sys.stdin.read().splitlines():
    package, hidden = line.split()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        sys.stdout = sys.stderr = open(os.devnull, "w")
        sys.meta_path.insert(0, Hide(hidden))
        try:
            __import__(package)
            said = None
        except BaseException as error:
            said = type(error).__name__ + ": " + str(error)[:300]
        os.write(writing, json.dumps(said).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        said = told.read()
    os.waitpid(child, 0)
    print(said.decode(), flush=True)
`;

const packages = ["alembic", "asgiref", "django", "mako", "sqlalchemy", "sqlparse"];
const hidden = 36;

/** What packages that are installed for the migrators import: tens of thousands of lines that nobody wrote for this test. */
describe("packages as they are released, taken for an application's own code", { timeout: 300_000 }, () => {
  const environment = join(import.meta.dirname, "../..");
  let python = "";
  let library = "";
  let folder = "";
  let files: string[] = [];
  before(() => {
    const root = execFileSync("sh", [join(environment, "scripts/test-env"), "--migrators"], {
      encoding: "utf8",
    }).trim();
    python = join(root, "bin/python");
    library = execFileSync(python, ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], {
      encoding: "utf8",
    }).trim();
    files = filesBelow(library, "");
    folder = mkdtempSync(join(tmpdir(), "landfall-packages-"));
    writeFileSync(join(folder, "Dockerfile"), "FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\n");
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const check = async (name: string, ignored: string): Promise<ImageReport> => {
    writeFileSync(join(folder, "Dockerfile.dockerignore"), ignored);
    const dockerfile = join(folder, "Dockerfile");
    return await checkImage({
      dockerfile,
      context: library,
      buildArgs: {},
      entry: `celery -A ${name}`,
      repositoryFiles: files,
    });
  };
  const fails = ({ findings }: ImageReport) =>
    findings.some(({ level, effect }) => level === "block" && effect === "boot");
  const imported = async (pairs: readonly (readonly [string, string])[]): Promise<(string | null)[]> => {
    const input = pairs.map((pair) => pair.join(" ")).join("\n");
    const end = await run(python, ["-c", driver], { input, timeoutSeconds: 200 });
    return end.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as string | null);
  };

  it("boot, and the check says so", async () => {
    assert.deepEqual(
      await imported(packages.map((name) => [name, "-"])),
      packages.map(() => null),
    );
    for (const name of packages) {
      const report = await check(name, "");
      assert.ok(
        !fails(report),
        JSON.stringify(
          report.findings.filter(({ level }) => level === "block"),
          null,
          1,
        ),
      );
    }
  });

  it("lack one module, and the check says whether they still boot", async () => {
    const candidates: (readonly [string, string, string])[] = [];
    for (const name of packages)
      for (const [module, { file }] of (await check(name, "")).needed)
        if (module !== name && file?.endsWith(".py") && !file.endsWith("__init__.py"))
          candidates.push([name, module, file.replace("/app/", "")]);
    const step = Math.floor(candidates.length / hidden);
    const chosen = candidates.filter((_, index) => index % step === 0).slice(0, hidden);
    const said = await imported(chosen.map(([name, module]) => [name, module]));
    let missed = 0;
    for (const [index, [name, module, file]] of chosen.entries()) {
      const error = said[index] ?? null;
      const report = await check(name, `${file}\n`);
      if (error === null)
        assert.ok(!fails(report), `${name} boots without ${module}: ${JSON.stringify(report.findings)}`);
      else if (!fails(report)) {
        // What is loaded by a computed name is told as unproven, and by nothing else.
        const unproven = report.findings.some(({ code }) => code === "image-import-unproven");
        assert.ok(unproven, `${name} without ${module}: ${error}`);
        missed += 1;
      }
    }
    const broken = said.filter((error) => error !== null).length;
    assert.ok(broken >= 8 && missed <= broken / 8, `${missed} of ${broken} were missed`);
  });
});

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "__pycache__" ? [] : filesBelow(root, path);
    return entry.name.endsWith(".py") ? [path] : [];
  });
}
