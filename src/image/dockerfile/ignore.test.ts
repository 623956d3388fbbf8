import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { readIgnore } from "./ignore.ts";

/** Which of the paths are kept out. */
function keptOut(text: string, ...paths: string[]): string[] {
  const ignore = readIgnore(text);
  assert.deepEqual(ignore.mistakes, []);
  return paths.filter((path) => ignore.keptOutBy(path) !== null);
}

describe("a .dockerignore", () => {
  it("keeps upper and lower case apart", () => {
    assert.deepEqual(keptOut("readme.md", "README.md", "readme.md"), ["readme.md"]);
  });

  it("takes a file back from below a folder that is kept out", () => {
    assert.deepEqual(keptOut("app\n!app/keep", "app/a.py", "app/keep/b.py", "app/keep"), ["app/a.py"]);
  });

  it("lets the last line that matches decide", () => {
    assert.deepEqual(keptOut("*.py\n!main.py\nmain.*", "main.py", "other.py"), ["main.py", "other.py"]);
    assert.deepEqual(keptOut("!main.py\n*.py", "main.py"), ["main.py"]);
  });

  it("does not look for a name below the context's root unless ** says so", () => {
    assert.deepEqual(keptOut("loader.py", "loader.py", "app/loader.py"), ["loader.py"]);
    assert.deepEqual(keptOut("**/loader.py", "loader.py", "app/x/loader.py"), ["loader.py", "app/x/loader.py"]);
    assert.deepEqual(keptOut("*/loader.py", "loader.py", "app/loader.py", "a/b/loader.py"), ["app/loader.py"]);
  });

  it("takes ** at the beginning for any text, even in mid-name", () => {
    assert.deepEqual(keptOut("**a", "a", "banana", "x/ya", "b"), ["a", "banana", "x/ya"]);
  });

  it("takes what stands below a folder with a trailing /** and the folder's own name apart", () => {
    assert.deepEqual(keptOut("app/**", "app/a", "app/b/c", "apple"), ["app/a", "app/b/c"]);
    assert.deepEqual(keptOut("**", "a", "b/c"), ["a", "b/c"]);
  });

  it("cleans slashes, dots and blanks at the ends; comments begin in the first column", () => {
    assert.deepEqual(keptOut("  /app/./x/../a.py/  ", "app/a.py"), ["app/a.py"]);
    assert.deepEqual(keptOut("#a\n #b", "#a", "#b"), ["#b"]);
    assert.deepEqual(keptOut("\uFEFFa\r\nb\r\n! b\r\n", "a", "b"), ["a"]);
  });

  it("reads classes, ranges and escapes", () => {
    assert.deepEqual(keptOut("[a-c]?.py\n\\*x", "ab.py", "dx.py", "*x", "yx"), ["ab.py", "*x"]);
    assert.deepEqual(keptOut("[^a].py", "a.py", "b.py"), ["b.py"]);
    assert.deepEqual(keptOut("a.c+(1)", "a.c+(1)", "abc+(1)"), ["a.c+(1)"]);
  });

  it("names the line that keeps a path out", () => {
    assert.deepEqual(readIgnore("x\n\n*.md\n").keptOutBy("a.md")?.line, 3);
  });

  it("names the lines that the builder refuses, and never throws", () => {
    assert.deepEqual(
      readIgnore("a\n[b\n!\n[]a]\nc\\\n").mistakes.map(({ line }) => line),
      [2, 3, 4, 5],
    );
    const hostile = fc.stringMatching(/^[*?![\]\\/.a^ \n-]{0,40}$/);
    fc.assert(
      fc.property(hostile, hostile, (text, path) => {
        readIgnore(text).keptOutBy(path);
      }),
    );
  });
});
