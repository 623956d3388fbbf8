import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Python files below a folder, sorted, without what is installed beside the standard library. */
export function pythonFiles(folder: string, deep = true): string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      if (name.endsWith(".py")) return [path];
      if (!deep || /^(?:site-packages|dist-packages|__pycache__)$/.test(name)) return [];
      return statSync(path).isDirectory() ? pythonFiles(path) : [];
    });
}
