import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { decode } from "../../src/image/python/decode.ts";
import { scanImports } from "../../src/image/python/imports.ts";

/** Parses, never runs, up to 1,500 files of the standard library, and tells each one's imports; null where `ast` refuses it. */
const oracle = `
import ast, json, os, sys, sysconfig, warnings
warnings.simplefilter("ignore")
names = []
for folder, folders, files in os.walk(sysconfig.get_paths()["stdlib"]):
    folders[:] = sorted(name for name in folders if name != "site-packages")
    names += [os.path.join(folder, name) for name in sorted(files) if name.endswith(".py")]
def told(node):
    if isinstance(node, ast.Import):
        return ["import", "", 0, node.lineno, [[a.name, a.asname] for a in node.names]]
    return ["from", node.module or "", node.level, node.lineno, [[a.name, a.asname] for a in node.names]]
out = []
for name in names[:: max(1, len(names) // 1500)][:1500]:
    with open(name, "rb") as file: source = file.read()
    try: tree = ast.parse(source)
    except (SyntaxError, ValueError): out.append([name, None]); continue
    found = [n for n in ast.walk(tree) if isinstance(n, (ast.Import, ast.ImportFrom))]
    found.sort(key=lambda n: (n.lineno, n.col_offset))
    out.append([name, [told(n) for n in found]])
json.dump(out, sys.stdout)
`;

type Told = [form: string, module: string, level: number, line: number, names: [string, string | null][]];

test("every file that CPython's ast accepts has the same imports, and no syntax error", () => {
  const answer = execFileSync("python3", ["-I", "-S", "-c", oracle], { maxBuffer: 1 << 28, encoding: "utf8" });
  const files = JSON.parse(answer) as [string, Told[] | null][];
  const accepted = files.filter((file): file is [string, Told[]] => file[1] !== null);
  assert.ok(accepted.length > 100, "the standard library was not found");
  const wrong = accepted.flatMap(([path, told]) => {
    const { text, mistake } = decode(readFileSync(path));
    if (text === null) return [`${path}:${mistake.line} ${mistake.message}`];
    const scanned = scanImports(text);
    if (scanned.mistake) return [`${path}:${scanned.mistake.line} ${scanned.mistake.message}`];
    const ours = scanned.imports.map(({ form, module, level, line, names }): Told => {
      return [form, module, level, line, names.map((item) => [item.name, item.as])];
    });
    return JSON.stringify(ours) === JSON.stringify(told) ? [] : [`${path}: other imports`];
  });
  assert.deepEqual(wrong, []);
});
