import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

/** A repository of many small packages, the same for the same seed. */
export interface LargeRepository {
  directory: string;
  /** Names of the components; each is the folder `packages/NAME`. */
  components: string[];
  files: number;
  /** Puts a line at the end of this many files, and gives the components that they belong to. */
  soil(count: number): string[];
  /** Takes all that back. */
  clean(): void;
}

interface File {
  path: string;
  text: string;
}

const filesEach = 50;

/**
 * Makes it with one commit on `main`. The packages are npm workspaces with a lock file, because that is what a task runner
 * for such repositories asks for.
 */
export function makeLargeRepository(directory: string, packages: number, seed: number): LargeRepository {
  const random = numbers(seed);
  const components = Array.from({ length: packages }, (_, index) => `p${String(index).padStart(4, "0")}`);
  const own = components.map((name) => packageFiles(name, random));
  const all = [...rootFiles(components), ...own.flat()];
  mkdirSync(directory, { recursive: true });
  const git = (args: readonly string[], input = "") =>
    execFileSync("git", args, { cwd: directory, input, stdio: ["pipe", "ignore", "pipe"] });
  git(["init", "--quiet", "--initial-branch=main"]);
  git(["fast-import", "--quiet"], commitOf(all));
  git(["checkout", "--quiet", "--force", "main"]);
  const soiled: string[] = [];
  return {
    directory,
    components,
    files: all.length,
    soil: (count) => {
      const chosen = Array.from({ length: count }, (_, index) => Math.floor((index * packages) / count));
      for (const [index, at] of chosen.entries()) {
        const path = own[at]?.[1 + (index % (filesEach - 1))]?.path ?? "";
        appendFileSync(join(directory, path), "// changed\n");
        soiled.push(path);
      }
      return [...new Set(chosen)].map((at) => components[at] ?? "");
    },
    clean: () => {
      if (soiled.length > 0) git(["checkout", "--quiet", "--pathspec-from-file=-"], soiled.splice(0).join("\n"));
    },
  };
}

function rootFiles(components: readonly string[]): File[] {
  const links = components.map((name) => [`node_modules/${name}`, { resolved: `packages/${name}`, link: true }]);
  const members = components.map((name) => [`packages/${name}`, { version: "1.0.0" }]);
  const root = { name: "large", private: true, packageManager: "npm@10.9.0", workspaces: ["packages/*"] };
  const lock = { name: "large", lockfileVersion: 3, packages: Object.fromEntries([["", root], ...links, ...members]) };
  return [
    { path: ".gitignore", text: "node_modules\n.turbo\ndist\n" },
    { path: "package-lock.json", text: JSON.stringify(lock) },
    { path: "package.json", text: JSON.stringify(root) },
    { path: "turbo.json", text: JSON.stringify({ tasks: { build: { outputs: ["dist/**"] } } }) },
  ];
}

/** A package file first, then modules in folders of twenty-five. */
function packageFiles(name: string, random: () => number): File[] {
  const description = { name, version: "1.0.0", scripts: { build: "true" } };
  const modules = Array.from({ length: filesEach - 1 }, (_, index) => {
    const lines = Array.from({ length: 4 + Math.floor(random() * 12) }, () => `export const v${random()};`);
    return {
      path: `packages/${name}/src/part${Math.floor(index / 25)}/module${index % 25}.ts`,
      text: lines.join("\n"),
    };
  });
  return [{ path: `packages/${name}/package.json`, text: JSON.stringify(description) }, ...modules];
}

/** For git-fast-import(1). */
function commitOf(files: readonly File[]): string {
  const message = "large";
  const head = `commit refs/heads/main\ncommitter Bench <bench@example.invalid> 1700000000 +0000\n`;
  const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`;
  return `${head}${data(message)}${files.map(({ path, text }) => `M 100644 inline ${path}\n${data(`${text}\n`)}`).join("")}`;
}

/** Numbers from 0 to 1 that depend on the seed alone (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
