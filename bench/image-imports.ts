import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { plainEnvironment } from "./measure.ts";
import { met, print } from "./print.ts";
import { pythonFiles } from "./python-files.ts";

const wanted = 10_000;
const goal = 10;

/** The imports of ten thousand files: our scanner, CPython's `ast`, and tree-sitter; one run of each, one after the other. */
export function imageImports(library: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const list = copies(pythonFiles(library), folder);
  const engine = (file: string) => join(import.meta.dirname, "engines", file);
  const own = timed("landfall", [process.execPath, engine("scan.ts"), list, join(folder, "own")]);
  const peers = [
    timed("CPython ast", ["python3", engine("ast_imports.py"), list, join(folder, "ast")]),
    timed("tree-sitter (WebAssembly)", [process.execPath, engine("tree-sitter.ts"), list, join(folder, "tree")]),
  ];
  const lines = (name: string) => readFileSync(join(folder, name), "utf8").split("\n");
  const [ours, theirs, counts] = [lines("own"), lines("ast"), lines("tree")];
  const accepted = theirs.flatMap((line, index) => (line === "null" ? [] : [index]));
  const same = accepted.filter((index) => ours[index] === theirs[index]).length;
  const alike = accepted.filter((index) => JSON.parse(ours[index] ?? "[]")?.length === Number(counts[index])).length;
  const refused = theirs.length - accepted.length;
  const seen = theirs.filter((line, index) => line === "null" && ours[index] === "null").length;
  print(`Imports of ${theirs.length} Python files`, [
    ["landfall", `${Math.round(theirs.length / own.seconds)} files/s`, `peak ${own.peak} MiB`],
    ...peers.map(({ name, seconds, peak }) => [
      name,
      `${Math.round(theirs.length / seconds)} files/s`,
      `peak ${peak} MiB`,
      `landfall is ${(seconds / own.seconds).toFixed(1)} x faster`,
      `goal ${goal} x`,
      met(seconds / own.seconds >= goal),
    ]),
    [
      "same imports as ast",
      `${same} of ${accepted.length} files that it accepts`,
      "",
      "",
      "goal all",
      met(same === accepted.length),
    ],
    ["as many as tree-sitter", `${alike} of ${accepted.length}`],
    ["syntax errors seen", `${seen} of ${refused} files that ast refuses`],
  ]);
}

/** The files, and copies of them with another first line, until there are enough. */
function copies(files: readonly string[], folder: string): string {
  const texts = files.map((file) => readFileSync(file));
  const paths = Array.from({ length: wanted }, (_, index) => {
    const path = join(folder, `${index}.py`);
    const text = texts[index % texts.length] ?? Buffer.alloc(0);
    const round = Math.floor(index / texts.length);
    writeFileSync(path, round === 0 ? text : Buffer.concat([text, Buffer.from(`\n# copy ${round}\n`)]));
    return path;
  });
  const list = join(folder, "list");
  writeFileSync(list, paths.join("\n"));
  return list;
}

function timed(
  name: string,
  [program = "", ...args]: readonly string[],
): { name: string; seconds: number; peak: number } {
  const begun = performance.now();
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", env: plainEnvironment() });
  if (status !== 0) throw new Error(`${name} does not run: ${stderr}`);
  return { name, seconds: (performance.now() - begun) / 1000, peak: Math.round(Number(stdout) / 1024) };
}
