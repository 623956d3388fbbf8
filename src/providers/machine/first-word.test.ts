import assert from "node:assert/strict";
import { it } from "node:test";
import { firstWord } from "./first-word.ts";

it("the command of a text is told only when no shell is needed for it", () => {
  const words: [string, string | null][] = [
    ["poetry install --no-root", "poetry"],
    ["  npm ci && npm run build", "npm"],
    ["true;false", "true"],
    ["/usr/bin/env x", "/usr/bin/env"],
    ["if true; then x; fi", "if"],
    ["./deploy.sh", null],
    ["bin/tool", null],
    [". ./env", null],
    ["A=1 npm ci", null],
    ["$TOOL x", null],
    ['"${vars.tool}" x', null],
    ["{ x; }", null],
    ["(x)", null],
    ["greet () { x; }; greet", null],
    ["greet() { x; }; greet", null],
    ["", null],
  ];
  for (const [run, word] of words) assert.equal(firstWord(run), word, run);
});
