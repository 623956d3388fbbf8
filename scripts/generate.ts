import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cliReference } from "../src/cli/reference.ts";
import { manifestJsonSchema } from "../src/manifest/json-schema.ts";
import { manifestReference } from "../src/manifest/reference.ts";
import { type CodePage, codes } from "../src/model/codes.ts";
import { providers } from "../src/providers/index.ts";

export const root = dirname(import.meta.dirname);

/** Every generated file: its path in the repository and its text. A test compares them with what is committed. */
export function generatedFiles(): Record<string, string> {
  return {
    "schema.json": `${JSON.stringify(manifestJsonSchema(providers), null, 2)}\n`,
    "docs/reference/manifest.md": manifestReference(providers),
    "docs/reference/codes.md": codesReference(),
    "docs/reference/cli.md": cliReference(),
  };
}

/** The page of every code, in the order of their definition. */
function codesReference(): string {
  const pages: [string, CodePage][] = Object.entries(codes);
  return `${[
    "# Codes",
    "Generated from `src/model/codes.ts` by `npm run generate`. Findings, failed steps, evidence and errors carry one of these; `landfall explain CODE` prints the same. Codes are stable, texts are not.",
    ...pages.map(([code, { title, meaning, fix }]) => `## ${code}\n\n**${title}.** ${meaning}\n\n*What to do:* ${fix}`),
  ].join("\n\n")}\n`;
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(generatedFiles())) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}
