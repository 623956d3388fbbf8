import { readFileSync } from "node:fs";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { run } from "./run.ts";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

const besideCall = /readFileSync\(\s*new URL\(\s*"\.\/([^"]+)",\s*import\.meta\.url,?\s*\),\s*"utf8",?\s*\)/g;

/** Our sources, with two things that only a bundle needs. */
const ownSources: Plugin = {
  name: "own-sources",
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]src[/\\].*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const contents = source
        // Texts that are read from beside a file become part of it: in a bundle there is no "beside".
        .replace(besideCall, (_call, name: string) => JSON.stringify(readFileSync(join(dirname(path), name), "utf8")))
        // The same binding, in the form of which a bundler can see what is used.
        .replace('import { z } from "zod";', 'import * as z from "zod";');
      if (contents.includes("import.meta"))
        throw new Error(`${path} reads from beside itself in a form that the bundle does not know: see besideCall`);
      return { contents, loader: "ts" };
    });
    // Error texts in fifty languages, of which one is used.
    onLoad({ filter: /[/\\]zod[/\\]v4[/\\]locales[/\\]index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
      loader: "js",
    }));
  },
};

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: { cli: "src/cli/main.ts", index: "src/index.ts" },
  outdir: "dist",
  write: false,
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node22",
  // Packages that have modules are taken as modules: of a CommonJS one a dynamic import gives the default alone.
  mainFields: ["module", "main"],
  chunkNames: "chunks/[name]-[hash]",
  // Names stay, so that a stack can be read; blanks only cost time at each start.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "none",
  plugins: [ownSources],
  logLevel: "warning",
}).catch(() => process.exit(1)); // esbuild has said what is wrong

/** Packages that are CommonJS inside ask for `require` when they run: given in the chunk that holds the bundler's own stand-in for it. */
const giveRequire =
  'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);\n';

await rm(join(root, "dist"), { recursive: true, force: true });
for (const { path, text } of outputFiles) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text.includes("Dynamic require of") ? giveRequire + text : text);
}
await chmod(join(root, "dist/cli.js"), 0o755);
if (!process.argv.includes("--no-types")) run("tsc", ["-p", "tsconfig.types.json"], root);
