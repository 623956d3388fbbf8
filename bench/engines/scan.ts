import { readFileSync, writeFileSync } from "node:fs";
import { decode } from "../../src/image/python/decode.ts";
import { scanImports } from "../../src/image/python/imports.ts";

/** Our own scanner over a list of files: `scan.ts LIST OUTPUT`. */
const [list = "", output = ""] = process.argv.slice(2);
const lines = readFileSync(list, "utf8")
  .trim()
  .split("\n")
  .map((file) => {
    const { text, mistake } = decode(readFileSync(file));
    if (text === null) return JSON.stringify(mistake && null);
    const read = scanImports(text);
    const imports = read.imports.map(({ line, form, module, level, names }) => [
      ...[line, form, module, level],
      names.map(({ name, as }) => [name, as]),
    ]);
    return JSON.stringify(read.mistake ? null : imports);
  });
writeFileSync(output, lines.join("\n"));
process.stdout.write(String(process.resourceUsage().maxRSS));
