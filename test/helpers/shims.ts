import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { shellQuote } from "../../src/util/shell.ts";

/**
 * Puts a program of this name in front of the real one, for everything that this process starts from now on.
 *
 * @param text of a shell script; `$real` is the path of the real one.
 */
export function shim(root: string, name: string, text: string): void {
  const real = execFileSync("sh", ["-c", 'command -v "$1"', "sh", name], { encoding: "utf8" }).trim();
  const folder = join(root, "shims");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), `#!/bin/sh\nreal=${shellQuote(real)}\n${text}\n`);
  chmodSync(join(folder, name), 0o755);
  const path = process.env.PATH ?? "";
  if (!path.startsWith(`${folder}${delimiter}`)) process.env.PATH = `${folder}${delimiter}${path}`;
}

/** Notes each call of sha256sum, as one line with its arguments, and gives the lines so far. */
export function countedHashes(root: string): () => string[] {
  const log = join(root, "hashed");
  writeFileSync(log, "");
  shim(root, "sha256sum", `echo "$*" >>${shellQuote(log)}\nexec "$real" "$@"`);
  return () => readFileSync(log, "utf8").trim().split("\n");
}
