import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Language, Parser, Query } from "web-tree-sitter";

/** tree-sitter over a list of files: `tree-sitter.ts LIST OUTPUT`. It only counts the statements of each. */
const [list = "", output = ""] = process.argv.slice(2);
await Parser.init();
const require = createRequire(import.meta.url);
const language = await Language.load(require.resolve("tree-sitter-python/tree-sitter-python.wasm"));
const query = new Query(language, "[(import_statement) (import_from_statement) (future_import_statement)] @import");
const parser = new Parser();
parser.setLanguage(language);
const lines = readFileSync(list, "utf8")
  .trim()
  .split("\n")
  .map((file) => {
    const tree = parser.parse(readFileSync(file, "utf8"));
    const count = tree ? query.captures(tree.rootNode).length : 0;
    tree?.delete();
    return String(count);
  });
writeFileSync(output, lines.join("\n"));
process.stdout.write(String(process.resourceUsage().maxRSS));
