import { posix } from "node:path";
import { evaluate, type PathWorld } from "./expression.ts";
import type { PathItem } from "./resolve.ts";

/** sys.path while a program runs. */
export interface SearchPath {
  items: PathItem[];
  /** Whether something was put on it that can't be computed: then nothing is known to be missing. */
  open: boolean;
  cwd: string;
}

/**
 * Does to the path what a statement does to sys.path: insert, append, extend, an assignment, site.addsitedir. What it does
 * otherwise can't be told.
 *
 * @param statement with sys.path under its own name: see `pathNames`.
 */
export function changePath(statement: string, path: SearchPath, world: PathWorld): void {
  if (statement.length > longest) {
    path.open = true;
    return;
  }
  const [, verb, args] = /\bsys\.path\.(insert|append|extend)\(\s*(.*)\)\s*$/s.exec(statement) ?? [];
  const [, site] = /\bsite\.addsitedir\(\s*(.*)\)\s*$/s.exec(statement) ?? [];
  const [, at, folder] = /^sys\.path\[\s*(\d+)\s*\]\s*=(?!=)\s*(.*)$/s.exec(statement) ?? [];
  const [, slice, list] = /^sys\.path(\[[^\]]*:[^\]]*\]|)\s*\+?=(?!=)\s*(.*)$/s.exec(statement) ?? [];
  if (verb === "insert" && args !== undefined) {
    const [, index = "", expression = ""] = /^(-?\d+|[\w.()]+)\s*,\s*(.*)$/s.exec(args) ?? [];
    add([expression], path, world, index === "0" ? 0 : index === "1" ? 1 : path.items.length);
  } else if (verb === "append" && args !== undefined) add([args], path, world, path.items.length);
  else if (site !== undefined) add([site], path, world, path.items.length);
  else if (verb === "extend" && args !== undefined) addList(args, path, world, path.items.length);
  else if (folder !== undefined) {
    path.items.splice(Number(at), 1);
    add([folder], path, world, Number(at));
  } else if (slice !== undefined && list !== undefined) assign(slice.replace(/\s/g, ""), list, path, world);
  else if (changesPath(statement)) path.open = true;
}

/** `sys.path[1:1] = […]`, `sys.path += […]`, `sys.path[:] = […] + sys.path`. */
function assign(slice: string, list: string, path: SearchPath, world: PathWorld): void {
  const [, from = "", to] = /^\[(\d*):(\d*)\]$/.exec(slice) ?? [];
  const isWhole = slice === "" || slice === "[:]";
  if (!isWhole && (to === undefined || to === "" || Number(from) !== Number(to))) path.open = true;
  else if (!isWhole) addList(list, path, world, Number(to));
  else {
    const front = /\]\s*\+\s*(?:list\()?sys\.path/.test(list);
    const own = list.replace(/\+\s*(?:list\()?sys\.path.*$|sys\.path\s*\+/s, "");
    addList(own, path, world, front ? 0 : path.items.length);
  }
}

/** Whether a statement may do more with sys.path than look at it: call a method, assign to it, or give it to another function. */
export function changesPath(statement: string): boolean {
  if (statement.length > longest) return /\bsys\.path\b|\bsite\.addsitedir\(/.test(statement);
  if (/\bsite\.addsitedir\(|^sys\.path\b|^del\s.*\bsys\.path\b|\bsys\.path(?:\[[^\]]*\])?\s*\+?=(?!=)/s.test(statement))
    return true;
  if (/\bsys\.path\.(?!copy\(|index\(|count\()\w+\(/.test(statement)) return true;
  const calls = statement.matchAll(/(?<!\w)(\w+)\(\s*sys\.path\s*[,)]/g);
  return [...calls].some(([, name = ""]) => !looking.has(name));
}

/** Nobody writes a longer statement that could be followed. */
const longest = 5000;

const looking = new Set(
  "print pprint len list tuple set str repr sorted reversed enumerate iter any all map filter join dumps debug info".split(
    " ",
  ),
);

/**
 * Other names that a statement gives to sys.path: `import sys as s`, `from sys import path`, `p = sys.path`; each as it is
 * written from then on. Names are compared, wherever they stand.
 */
export function pathNames(statement: string): string[] {
  const asModule = [...statement.matchAll(/\bsys\s+as\s+(\w+)/g)].map(([, name = ""]) => `${name}.path`);
  const isFrom = /^from\s+sys\s+import\b/.test(statement);
  const asName = isFrom ? [...statement.matchAll(/\bpath\b(?:\s+as\s+(\w+))?/g)].map(([, name = "path"]) => name) : [];
  const [, assigned] = /^([A-Za-z_]\w*)\s*=\s*sys\.path$/.exec(statement) ?? [];
  return [...(/^import\b/.test(statement) ? asModule : []), ...asName, ...(assigned === undefined ? [] : [assigned])];
}

/** A statement with sys.path under its own name. */
export function withOwnName(statement: string, names: readonly string[]): string {
  return names.reduce(
    (text, name) => text.replace(new RegExp(`(?<![\\w.])${name.replace(".", "\\.")}(?![\\w(])`, "g"), "sys.path"),
    statement,
  );
}

function addList(list: string, path: SearchPath, world: PathWorld, at: number): void {
  const [, inside] = /^\s*[[(](.*)[\])]\s*$/s.exec(list) ?? [];
  if (inside === undefined) path.open = true;
  else add(splitItems(inside), path, world, at);
}

/** At commas outside of brackets. */
function splitItems(text: string): string[] {
  const items: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if ("([{".includes(character)) depth += 1;
    else if (")]}".includes(character)) depth -= 1;
    else if (character === "," && depth === 0) {
      items.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...items, text.slice(from)].filter((item) => item.trim() !== "");
}

function add(expressions: readonly string[], path: SearchPath, world: PathWorld, at: number): void {
  const folders = expressions.map((expression) => evaluate(expression.trim().replace(/,$/, ""), world));
  if (folders.includes(null)) path.open = true;
  const known = folders.flatMap((folder) => (folder === null ? [] : [posix.resolve(path.cwd, folder)]));
  path.items.splice(Math.min(at, path.items.length), 0, ...known);
}
