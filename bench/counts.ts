import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { plainEnvironment } from "./measure.ts";

/** What one run of a command does, as numbers that do not depend on how busy the machine is. */
export interface Counts {
  /** Files of the built command line that were loaded. */
  files: number;
  /** Their size, in KiB. */
  kib: number;
  /** Git processes that were started. */
  git: number;
}

/** Counts what a command loads and starts: a trace of the module loader, and a `git` that notes each call. */
export function count(command: readonly string[], cwd: string): Counts {
  const folder = mkdtempSync(join(tmpdir(), "landfall-counts-"));
  const log = join(folder, "calls");
  const env = plainEnvironment();
  try {
    writeFileSync(log, "");
    const real = spawnSync("sh", ["-c", "command -v git"], { encoding: "utf8", env }).stdout.trim();
    writeFileSync(join(folder, "git"), `#!/bin/sh\necho call >>'${log}'\nexec '${real}' "$@"\n`);
    chmodSync(join(folder, "git"), 0o755);
    const [program = "", ...args] = command;
    const { stderr } = spawnSync(program, args, {
      cwd,
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
      env: { ...env, NODE_DEBUG: "esm", PATH: `${folder}${delimiter}${env.PATH ?? ""}` },
    });
    const files = new Set(
      [...stderr.matchAll(/file:\/\/(\/[^\s'"]+\/dist\/[^\s'"]+\.js)/g)].map(([, path]) => path ?? ""),
    );
    const bytes = [...files].reduce((sum, path) => sum + readFileSync(path).length, 0);
    const git = readFileSync(log, "utf8").split("\n").length - 1;
    return { files: files.size, kib: Math.round(bytes / 1024), git };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
