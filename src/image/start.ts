import { posix } from "node:path";
import type { Simulated } from "./image-tree.ts";
import type { Entry } from "./language.ts";

/** A program as it is started. */
export interface Program {
  argv: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string | null>>;
}

/** The same with what reading it takes. */
export interface Server extends Program {
  image: Simulated;
  /** As written. */
  label: string;
  /** Folders that the interpreter looks in by itself: the working directory for `python -m`. */
  own: readonly string[];
}

/**
 * One start of Python. `first`: where it looks before all else; `open`: more folders may come before those; `goes`: the folder
 * that it goes into before it loads anything.
 */
export function entry(
  { label, env, cwd, own }: Pick<Server, "label" | "env" | "cwd" | "own">,
  start: Entry["start"],
  first: readonly string[],
  { open = false, worker = false, goes = cwd } = {},
): Entry {
  const value = env.PYTHONPATH;
  // An empty one is the working directory too.
  const extra = value ? value.split(":") : [];
  const path = [...new Set([...first, ...own, ...extra.map((folder) => posix.resolve(cwd, folder))])];
  return { runtime: "python", label, start, path, pathOpen: open || value === null, cwd: goes, worker, runs: "surely" };
}

/** `python file.py`: modules are looked for beside the file, where it lies when links are followed; a folder runs its `__main__.py`. */
export function fileEntry(file: string, server: Server): Entry {
  const { tree } = server.image;
  const path = posix.resolve(server.cwd, file);
  const real = tree.real(path);
  if (tree.kind(path) === "directory")
    return entry(server, { kind: "file", path: posix.join(path, "__main__.py") }, [real]);
  return entry(server, { kind: "file", path }, [posix.dirname(real)]);
}

export function app(module: string, attribute: string | null, called = false): Entry["start"] {
  return { kind: "app", module, attribute, called };
}

/** `pkg.mod:app`, `pkg.mod:create_app()`, `pkg.mod`. */
export function appOf(written: string, usual: string | null): Entry["start"] {
  const [module = "", expression = ""] = written.split(":");
  const [, attribute = null, call] = /^([A-Za-z_]\w*)(?:\.\w+)*(\s*\(.*)?$/s.exec(expression) ?? [];
  return app(
    module.replace(/\.py$/, "").replaceAll("/", "."),
    expression === "" ? usual : attribute,
    call !== undefined,
  );
}

export function has({ image }: Pick<Server, "image">, path: string): boolean {
  return image.tree.kind(path) === "file";
}

/** A file's text; null when it is none, or its content is not known. */
export function textOf({ image }: Pick<Server, "image">, path: string): string | null {
  const bytes = image.tree.read(path);
  return bytes === null ? null : Buffer.from(bytes).toString("utf8");
}
