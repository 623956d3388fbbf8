import { posix } from "node:path";
import type { ImageTree } from "../image-tree.ts";

/**
 * The folders of a project in which its packages lie: `src`, itself, and what it says in `pyproject.toml`,
 * `setup.cfg` or `setup.py`, each build tool in its own words. More rather than fewer.
 */
export function projectFolders(folder: string, tree: ImageTree): string[] {
  const text = ["pyproject.toml", "setup.cfg", "setup.py"]
    .map((name) => Buffer.from(tree.read(posix.join(folder, name)) ?? []).toString("utf8"))
    .map((whole) => whole.slice(0, longest).replace(/\s+/g, (blanks) => (blanks.includes("\n") ? "\n" : " ")))
    .join("\n");
  const named = [...usual, ...plain.flatMap((pattern) => all(pattern, text)), ...lists.flatMap((list) => list(text))];
  return [...new Set(named.map((each) => posix.resolve(folder, each)))];
}

const usual = ["src", "."];

/** Nobody writes more of these files by hand. */
const longest = 20_000;

/** `package-dir` of setuptools (its empty name) and of PDM, `module-root` of uv, `from` of poetry, `python-source` of maturin. */
const plain = [
  /\bfrom\s*=\s*["']([\w./-]+)["']/g,
  /^(?:package-dir|module-root|python-source|where)\s*=\s*["']?([\w./-]+)["']?\s*$/gm,
  /\bpackage[_-]dir\s*=\s*(?:\{\s*|\s*)(?:["']{2})?\s*[:=]\s*["']?([\w./-]+)/g,
  /^""\s*=\s*["']([\w./-]+)["']/gm,
  /\bfind(?:_namespace)?_packages\(\s*(?:where\s*=\s*)?["']([\w./-]+)["']/g,
];

/** `where` of setuptools, and of hatch `packages`, whose last names are the packages themselves, and `sources`. */
const lists = [
  (text: string) => textsOf(/^(?:where|sources)\s*=\s*\[([^\]]*)\]/gm, text),
  (text: string) => textsOf(/^packages\s*=\s*\[([^\]{]*)\]/gm, text).map((each) => posix.dirname(each)),
];

function all(pattern: RegExp, text: string): string[] {
  return [...text.matchAll(pattern)].flatMap(([, found = ""]) => found || []);
}

function textsOf(pattern: RegExp, text: string): string[] {
  return all(pattern, text).flatMap((inside) => all(/["']([\w./-]+)["']/g, inside));
}
