import { matchesGlob } from "node:path";

/** Whether an entry of a list of paths covers a path: it is the path, a folder above it, or a pattern. */
export function coveredBy(pattern: string, path: string): boolean {
  const plain = pattern.replace(/^(\.\/)+/, "").replace(/\/+$/, "");
  if (plain === "." || plain === "") return true;
  if (/[*?[{]/.test(plain)) return matchesGlob(path, plain) || matchesGlob(path, `${plain}/**`);
  return path === plain || path.startsWith(`${plain}/`);
}
