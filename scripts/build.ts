import { readFileSync } from "node:fs";
import { chmod, readFile, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { run } from "./run.ts";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** Texts that the code reads from beside itself become part of the bundle, where there is no "beside". */
const textBeside: Plugin = {
  name: "text-beside",
  setup(bundle) {
    const read = /readFileSync\(new URL\("\.\/([^"]+)", import\.meta\.url\), "utf8"\)/g;
    bundle.onLoad({ filter: /[/\\]src[/\\].*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const inlined = source.replace(read, (_call, name: string) =>
        JSON.stringify(readFileSync(join(dirname(path), name), "utf8")),
      );
      return { contents: inlined, loader: "ts" };
    });
  },
};

/** Packages that are CommonJS inside ask for `require` when they run. */
const banner = {
  js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
};

await rm(join(root, "dist"), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { cli: "src/cli/main.ts", index: "src/index.ts" },
  outdir: "dist",
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node22",
  chunkNames: "chunks/[name]-[hash]",
  sourcemap: true,
  sourcesContent: false,
  plugins: [textBeside],
  banner,
  logLevel: "warning",
}).catch(() => process.exit(1)); // esbuild has said what is wrong
await chmod(join(root, "dist/cli.js"), 0o755);
if (!process.argv.includes("--no-types")) run("tsc", ["-p", "tsconfig.types.json"], root);
