import { posix } from "node:path";
import type { Entry } from "./language.ts";
import { optionOf, readOptions } from "./options.ts";
import { app, entry, has, type Server, textOf } from "./start.ts";

/** What flask loads (flask/cli.py, `load_app`); nothing when what names it can't be told. */
export function flask(args: readonly string[], server: Server): Entry[] {
  const given = optionOf(readOptions("flask", args), "--app", "-A") ?? server.env.FLASK_APP ?? undefined;
  const named = given ?? (Object.hasOwn(server.env, "FLASK_APP") ? null : fromDotenv(server));
  if (named === null) return [];
  const usual = ["wsgi.py", "app.py"].find((file) => has(server, posix.join(server.cwd, file)));
  const [file = "", name = ""] = (named ?? usual ?? "app").split(":");
  const { module, folder } = moduleOf(posix.resolve(server.cwd, file), server);
  // What is named is called when it is a function; without a name flask looks for an application, or for a factory.
  return [entry(server, app(module, /^\w+/.exec(name)?.[0] ?? null, true), [folder])];
}

/** The dotted name of a file, from the first folder above it that is no package, and that folder. */
export function moduleOf(path: string, server: Server): { module: string; folder: string } {
  const plain = path.replace(/\.py$/, "").replace(/\/__init__$/, "");
  const names = [posix.basename(plain)];
  let folder = posix.dirname(plain);
  for (; folder !== "/" && has(server, posix.join(folder, "__init__.py")); folder = posix.dirname(folder))
    names.unshift(posix.basename(folder));
  return { module: names.join("."), folder };
}

/** FLASK_APP of `.env` and `.flaskenv`, in the working directory or above it: undefined when none has it, null when it can't be told. */
function fromDotenv(server: Server): string | null | undefined {
  for (const name of [".env", ".flaskenv"]) {
    const file = nearestFile(name, server);
    const text = file === null ? "" : textOf(server, file);
    if (text === null) return null;
    const [, written] = /^[ \t]*(?:export[ \t]+)?FLASK_APP[ \t]*=(.*)$/m.exec(text) ?? [];
    const value = written?.trim().replace(/^(["'])(.*)\1$|\s#.*$/s, "$2");
    if (value !== undefined) return value.includes("$") ? null : value;
  }
  return undefined;
}

function nearestFile(name: string, server: Server): string | null {
  for (let folder = server.cwd; ; folder = posix.dirname(folder)) {
    const file = posix.join(folder, name);
    if (has(server, file)) return file;
    if (folder === "/") return null;
  }
}
