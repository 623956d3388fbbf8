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

/** Does to the path what a statement does to sys.path: insert, append, extend, an assignment, site.addsitedir. */
export function changePath(statement: string, path: SearchPath, world: PathWorld): void {
  const [, verb, args] = /\bsys\.path\.(insert|append|extend)\(\s*(.*)\)\s*$/s.exec(statement) ?? [];
  const [, site] = /\bsite\.addsitedir\(\s*(.*)\)\s*$/s.exec(statement) ?? [];
  const [, whole, list] = /\bsys\.path(\[0:0\]|\[:0\]|)\s*\+?=\s*(.*)$/s.exec(statement) ?? [];
  if (verb === "insert" && args !== undefined) {
    const [, index = "", expression = ""] = /^(-?\d+|[\w.()]+)\s*,\s*(.*)$/s.exec(args) ?? [];
    add([expression], path, world, index === "0" ? 0 : index === "1" ? 1 : path.items.length);
  } else if (verb === "append" && args !== undefined) add([args], path, world, path.items.length);
  else if (site !== undefined) add([site], path, world, path.items.length);
  else if (verb === "extend" && args !== undefined) addList(args, path, world, path.items.length);
  else if (list !== undefined) {
    const front = whole !== "" || /\]\s*\+\s*(?:list\()?sys\.path/.test(list);
    addList(
      list.replace(/\+\s*(?:list\()?sys\.path.*$|sys\.path\s*\+/s, ""),
      path,
      world,
      front ? 0 : path.items.length,
    );
  } else if (/\bsys\.path\.(?:remove|pop|clear|reverse|sort)\(|\bsys\.path\s*=/.test(statement)) path.open = true;
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
