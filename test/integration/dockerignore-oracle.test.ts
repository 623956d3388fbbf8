import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { readIgnore } from "../../src/image/dockerfile/ignore.ts";
import { dockerProgram } from "../helpers/docker.ts";

const files = [
  "a",
  "b",
  "A",
  "ab",
  "a.b",
  ".a",
  "a b",
  "a-b",
  "a[b",
  "x/a",
  "x/b",
  "x/y/a",
  "x/y/b",
  "x/y/ab",
  "a1/x/b",
];

/** What the engine's own builder copies of a context with that `.dockerignore`; null when it refuses to build. */
function copied(ignore: string): string[] | null {
  const context = mkdtempSync(join(tmpdir(), "landfall-ignore-"));
  try {
    for (const file of files) {
      mkdirSync(dirname(join(context, file)), { recursive: true });
      writeFileSync(join(context, file), "");
    }
    writeFileSync(join(context, ".dockerignore"), ignore);
    const dockerfile = "FROM scratch\nCOPY . /\n";
    const tar = execFileSync(dockerProgram, ["build", "--output", "type=tar,dest=-", "--file", "-", context], {
      input: dockerfile,
      env: { ...process.env, DOCKER_BUILDKIT: "1" },
      stdio: ["pipe", "pipe", "ignore"],
    });
    const names = execFileSync("tar", ["-t"], { input: tar, encoding: "utf8" }).split("\n");
    return names.filter((name) => files.includes(name)).sort();
  } catch {
    return null;
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

function ours(text: string): string[] | null {
  const ignore = readIgnore(text);
  if (ignore.mistakes.length > 0) return null;
  return files.filter((file) => ignore.keptOutBy(file) === null).sort();
}

const word = fc.array(fc.constantFrom("a", "b", "x", "y", "A", ".", "*", "**", "?", "/", "/", "[a-b]", "[^a]", "\\a"), {
  minLength: 1,
  maxLength: 5,
});
const line = fc
  .tuple(fc.constantFrom("", "", "!", "/", " "), word)
  .map(([start, parts]) => start + parts.join(""))
  // Older engines (Debian's 20.10) take `**b` for whole names, and miss what a ! with a wildcard takes back from below a
  // folder; newer ones do as we do.
  .filter((written) => !/^[!/ ]*\*\*[^/]|^ *!.*[*?[\\]/.test(written));
const text = fc.array(line, { minLength: 1, maxLength: 5 }).map((lines) => lines.join("\n"));

test("what a .dockerignore keeps out is what the engine's own builder keeps out", () => {
  const known = ["", "x\n!x/y", "**\n!x/y/a", "*\n!x/**", "x/*\n!x/y\nx/y/b", "**/a\n!x/y/a", "[", "a?b", "!a\n*"];
  for (const ignore of [...known, ...fc.sample(text, { numRuns: 60, seed: 20261121 })])
    assert.deepEqual(ours(ignore), copied(ignore), JSON.stringify(ignore));
});
