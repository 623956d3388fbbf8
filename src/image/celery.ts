import { posix } from "node:path";
import type { Entry } from "./language.ts";
import { optionOf, readOptions } from "./options.ts";
import { readModule } from "./python/facts.ts";
import { app, entry, has, type Server, textOf } from "./start.ts";

/** What celery loads (celery/app/utils.py, `find_app`); nothing when no application is named. */
export function celery(args: readonly string[], server: Server): Entry[] {
  const options = readOptions("celery", args);
  const folder = posix.resolve(server.cwd, optionOf(options, "--workdir") ?? ".");
  const [module = "", attribute = null] = (optionOf(options, "-A", "--app") ?? "").split(":");
  if (module === "") return [];
  return [entry(server, startOf(module, attribute, folder, server), [folder], { worker: true, goes: folder })];
}

/** `-A proj` is the module, or `proj.celery` when the package has one and no app of its own; `-A tasks.app` is a name in a module, too. */
function startOf(module: string, attribute: string | null, folder: string, server: Server): Entry["start"] {
  const path = posix.join(folder, ...module.split("."));
  if (attribute !== null) return app(module, attribute);
  if (has(server, posix.join(path, "celery.py"))) return app(`${module}.celery`, null);
  const dot = module.lastIndexOf(".");
  const name = module.slice(dot + 1);
  const isModule = has(server, `${path}.py`) || server.image.tree.kind(path) === "directory";
  return dot > 0 && !isModule && holdsName(posix.dirname(path), name, server)
    ? app(module.slice(0, dot), name)
    : app(module, null);
}

/** Whether a module, or a package's own code, has a name; a module that is a file can have nothing else. */
function holdsName(path: string, name: string, server: Server): boolean {
  if (has(server, `${path}.py`)) return true;
  const text = textOf(server, posix.join(path, "__init__.py"));
  if (text === null) return false;
  const { names, open } = readModule(text);
  return open || names.has(name);
}
